"""Options made from configs, and those that all commands share."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import pytest

from stylize.training.arguments import add_config, add_paintings, read_config


@dataclass(frozen=True)
class Config:
    steps: int = 3
    share: float = 0.5
    sizes: tuple[int, ...] = (4, 6)
    weights: tuple[float, ...] = (1.0,)
    all_weights: bool = False


def parse(*words: str) -> Config:
    parser = argparse.ArgumentParser()
    add_config(parser, Config)
    return read_config(parser.parse_args(words), Config)


def test_defaults_and_kinds_are_those_of_the_config():
    assert parse() == Config()
    words = ["--steps", "7", "--share", "0.25", "--sizes", "1", "2", "--weights", "0.5", "2", "--all-weights"]
    assert parse(*words) == Config(7, 0.25, (1, 2), (0.5, 2.0), True)


def test_the_folder_of_paintings_has_one_name_and_its_former_one_is_taken(capsys):
    parser = argparse.ArgumentParser(prog="train")
    add_paintings(parser, "folders of paintings", "+")
    for name in ("--paintings", "--styles"):
        assert parser.parse_args([name, "a", "b"]).paintings == [Path("a"), Path("b")]
    assert "--styles" not in parser.format_help()
    with pytest.raises(SystemExit):
        parser.parse_args([])
    assert "--paintings" in capsys.readouterr().err
