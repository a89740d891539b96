import stat
from contextlib import ExitStack

import pytest

from deployments.server_home import ServerHomeError, open_home, open_home_or_another, password_file, server_password


def test_the_password_is_made_once_and_its_owner_alone_may_read_it(tmp_path):
    made = server_password(tmp_path)
    assert len(made) >= 43
    assert stat.S_IMODE(password_file(tmp_path).stat().st_mode) == 0o600
    assert server_password(tmp_path) == made


def test_a_password_that_others_may_read_is_closed_and_one_that_is_none_is_made_anew(tmp_path):
    made = server_password(tmp_path)
    password_file(tmp_path).chmod(0o644)
    assert server_password(tmp_path) == made
    assert stat.S_IMODE(password_file(tmp_path).stat().st_mode) == 0o600
    password_file(tmp_path).write_text("\n")
    assert server_password(tmp_path) not in ("", made)


def test_two_homes_have_different_passwords(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert server_password(tmp_path / "a") != server_password(tmp_path / "b")


@pytest.mark.parametrize("root", ["file", "file/below", "/proc/nothing"])
def test_a_root_that_can_hold_nothing_is_a_sentence(tmp_path, root):
    (tmp_path / "file").write_text("not a folder")
    with (
        ExitStack() as stack,
        pytest.raises(ServerHomeError, match=r"nothing can be kept in .*; name a folder .*--root"),
    ):
        open_home(str(tmp_path / root), stack)


def test_the_home_is_closed_to_others(tmp_path):
    with ExitStack() as stack:
        home = open_home(str(tmp_path / "root"), stack)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_second_server_is_refused_the_home_and_a_second_run_gets_another(tmp_path):
    root = str(tmp_path / "root")
    with ExitStack() as stack:
        home = open_home(root, stack)
        with ExitStack() as second:
            with pytest.raises(ServerHomeError, match="another server keeps its history"):
                open_home(root, second)
            assert open_home_or_another(root, second) != home


def test_a_damaged_database_is_told_of_and_replaced(tmp_path, caplog):
    home = tmp_path / "root" / ".prefect"
    home.mkdir(parents=True)
    (home / "prefect.db").write_bytes(b"noise" * 10_000)
    with ExitStack() as stack:
        assert open_home(str(tmp_path / "root"), stack) == home
    assert "is damaged and was renamed to prefect.db." in caplog.text
    assert not (home / "prefect.db").exists()
