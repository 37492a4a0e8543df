"""A page with the scripts of the browser's painter and nothing else, from no server."""

from playwright.sync_api import Browser, Page, Route

from stylize.paths import STATIC

ADDRESS = "https://painter.test/"  # what a browser trusts with a camera and a graphics processor


def script_page(browser: Browser, **stand_ins: str) -> Page:
    """A page that has `./webgpu/*.js`; a stand-in is the text of a module that takes the place of the one so called."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if not name:
            route.fulfill(body="<!doctype html><video muted></video><canvas></canvas>", content_type="text/html")
        elif (stem := name.removeprefix("webgpu/").removesuffix(".js")) in stand_ins:
            route.fulfill(body=stand_ins[stem], content_type="text/javascript")
        else:
            route.fulfill(path=STATIC / name, content_type="text/javascript")

    page = browser.new_page()
    page.route(ADDRESS + "**", answer)
    page.goto(ADDRESS)
    return page
