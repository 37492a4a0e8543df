import pytest

from stylize.imaging import atomic_path


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    return path


def test_a_file_is_replaced_when_it_is_whole(old):
    with atomic_path(old) as part:
        part.write_text("new")
        assert old.read_text() == "old"
        assert part.suffix == ".txt"
    assert old.read_text() == "new"
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_file_and_nothing_else(old, error):
    def write_half():
        with atomic_path(old) as part:
            part.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert old.read_text() == "old"
    assert list(old.parent.iterdir()) == [old]


def test_a_link_is_written_through(old, tmp_path):
    link = tmp_path / "link.txt"
    link.symlink_to(old)
    with atomic_path(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert old.read_text() == "new"


def test_permissions_are_those_of_the_file_before_or_of_any_new_file(old):
    old.chmod(0o640)
    fresh, usual = old.with_name("fresh.txt"), old.with_name("usual.txt")
    usual.touch()
    for path in (old, fresh):
        with atomic_path(path) as part:
            part.touch()
    assert old.stat().st_mode & 0o777 == 0o640
    assert fresh.stat().st_mode == usual.stat().st_mode


def test_what_cannot_be_written_is_an_os_error(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere" / "a.txt"):
        with pytest.raises(OSError), atomic_path(path) as part:  # noqa: PT011
            part.touch()
    assert not list(tmp_path.iterdir())
