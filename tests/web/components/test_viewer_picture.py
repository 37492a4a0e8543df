"""Looking closer: photo and painting at full size."""

from PIL import Image

from stylize.web.app_context import AppContext
from stylize.web.components import viewer, viewer_picture
from stylize.web.components.viewer import ViewerRequest
from stylize.web.services import results

from ..visitors import UDNIE, answers, visit


def test_full_size_is_larger_than_the_copies_for_the_screen(app: AppContext) -> None:
    photo = results.save_image(Image.new("RGBA", (2500, 60), (90, 120, 160, 200)), "coast.png")
    wanted = ViewerRequest(str(photo), "", {}, UDNIE)
    *_, (picture, *_) = answers(app, viewer.KIND, wanted, viewer.answer_handler)
    files = viewer_picture.full_size_function(app)(picture["whole"], visit())
    for name in ("photo", "painting"):
        with Image.open(picture[name]["path"]) as copy, Image.open(files[name]["path"]) as whole:
            assert (copy.width, whole.size) == (app.config.screen_size, (2500, 60))


def test_only_what_the_page_was_sent_or_made_is_opened(app: AppContext, beach: str) -> None:
    for asked in ({"photo": beach, "painting": beach}, {"photo": "/etc/passwd"}, {}):
        assert set(viewer_picture.full_size_function(app)(asked, visit())) == {"error"}
