"""`./run`: one command makes what it needs, says so in a line, and then is out of the way."""

import ast
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.house.conftest import House, surroundings
from tests.house.scripts import ROOT

READY = "The environment is ready"


class TestWithoutAnEnvironment:
    def test_help_is_quick_and_makes_nothing(self, bare_house: House) -> None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = bare_house.run("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert result.returncode == 0
        assert result.stdout.startswith("Usage: ./run COMMAND")
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= 0.3
        assert not (bare_house.root / ".venv").exists()

    @pytest.mark.parametrize(("words", "sentence"), [(["tset"], "There is no command 'tset'."), ([], "Usage: ./run")])
    def test_without_a_known_command_it_tells_the_commands(
        self, bare_house: House, words: list[str], sentence: str
    ) -> None:
        result = bare_house.run(*words)
        assert result.returncode == 2
        assert result.stderr.startswith(sentence)
        assert "demo" in result.stderr
        assert result.stdout == ""

    def test_an_unknown_check_is_refused(self, bare_house: House) -> None:
        result = bare_house.run("check", "taste")
        assert result.returncode == 2
        assert result.stderr == "There is no check taste. There are: style, types, imports, migrations.\n"

    def test_the_first_start_makes_it_and_says_so_beside_the_output(self, bare_house: House) -> None:
        result = bare_house.run("parley", "hello", "--loud")
        making, ready = result.stderr.splitlines()
        assert making == "Making the environment (.venv) from requirements.lock …"
        assert ready.startswith(READY)
        assert result.stdout.startswith("['hello', '--loud']")

    def test_a_failure_is_told_and_the_half_made_one_made_anew(self, bare_house: House) -> None:
        lock = bare_house.root / "requirements.lock"
        lock.write_text("click==8.5.1\n")
        failed = bare_house.run("parley")
        assert failed.returncode == 1
        assert "This failed: " in failed.stderr
        assert "hash" in failed.stderr
        lock.write_text("")
        assert "Making the environment" in bare_house.run("parley").stderr


class TestWithAnEnvironment:
    def test_a_later_start_installs_nothing_and_says_nothing(self, house: House) -> None:
        result = house.run("parley", "again")
        assert (result.returncode, result.stderr) == (0, "")

    def test_demo_is_parley_demo(self, house: House) -> None:
        assert house.run("demo", "--port", "0").stdout.startswith("['demo', '--port', '0']")

    def test_the_exit_code_is_the_programs(self, house: House) -> None:
        assert house.run("parley", "fail").returncode == 7

    def test_through_a_symlink_from_another_folder(self, house: House, tmp_path: Path) -> None:
        link = tmp_path / "parley-here"
        link.symlink_to(house.root / "run")
        result = house.run("parley", by=[sys.executable, str(link)], cwd=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
        assert f" {tmp_path} " in result.stdout

    def test_ctrl_c_goes_to_the_program_which_is_the_same_process(self, house: House) -> None:
        process = house.start("parley", "wait")
        assert process.stdout is not None
        assert process.stdout.readline().split()[-1] == str(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (130, "interrupted\n", "")

    def test_it_wears_the_projects_name_and_version(self, house: House) -> None:
        python = house.root / ".venv/bin/python"
        ask = "import importlib.metadata as m; print(m.version('parley-engine'))"
        assert house.run(by=[str(python), "-c", ask]).stdout == "1.2.3\n"

    def test_another_lock_wants_an_installation(self, house: House) -> None:
        (house.root / "requirements.lock").write_text("# drawn again\n")
        result = house.run("parley")
        assert result.returncode == 1
        assert result.stderr.startswith("Bringing up to date the environment (.venv) from requirements.lock …")
        assert "no network" in result.stderr

    def test_tests_want_the_larger_lock(self, house: House) -> None:
        result = house.run("test")
        assert result.stderr.startswith("Bringing up to date the environment (.venv) from requirements-dev.lock …")

    def test_a_copied_one_is_made_anew(self, house: House, tmp_path: Path) -> None:
        copy = House(shutil.copytree(house.root, tmp_path / "copy", symlinks=True))
        result = copy.run("parley", "hello")
        assert result.stderr.startswith("Making the environment")
        assert result.stdout.startswith("['hello']")

    def test_one_for_tests_serves_the_program_too(self, bare_house: House) -> None:
        made = bare_house.run("test")
        assert made.stderr.startswith("Making the environment (.venv) from requirements-dev.lock …")
        result = bare_house.run("parley")
        assert (result.returncode, result.stderr) == (0, "")

    def test_two_starts_at_once_make_one(self, bare_house: House) -> None:
        both = [bare_house.start("parley") for _ in range(2)]
        told = [process.communicate(timeout=60)[1] for process in both]
        assert [process.returncode for process in both] == [0, 0]
        assert sorted(READY in words for words in told) == [False, True]


class TestOnOtherPythons:
    def test_its_grammar_reaches_the_sentence_for_old_ones(self) -> None:
        ast.parse((ROOT / "run").read_text("utf-8"), feature_version=(3, 7))
        with pytest.raises(SyntaxError):
            ast.parse("match 1:\n    case 1: pass\n", feature_version=(3, 7))

    def test_an_old_one_gets_a_sentence(self, bare_house: House, tmp_path: Path) -> None:
        result = self.pretending(bare_house, tmp_path, "sys.version_info = (3, 9, 18)")
        assert result[0] == 1
        assert result[1].startswith("Parley needs Python 3.11 or newer; ")
        assert " is 3.9. With a newer one: python3.13 " in result[1]

    def test_one_without_ensurepip_gets_the_cure(self, bare_house: House, tmp_path: Path) -> None:
        result = self.pretending(bare_house, tmp_path, "sys.modules['ensurepip'] = None")
        assert result[0] == 1
        assert result[1].endswith(f"sudo apt install python3.{sys.version_info.minor}-venv\n")

    @staticmethod
    def pretending(house: House, folder: Path, line: str) -> tuple[int, str]:
        (folder / "sitecustomize.py").write_text(f"import sys\n{line}\n")
        result = house.run("parley", env=surroundings(PYTHONPATH=os.fspath(folder)))
        return result.returncode, result.stderr
