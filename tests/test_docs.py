"""Documentation is held to the code: commands parse, options are complete, links lead somewhere."""

import re
import shlex
from argparse import ArgumentParser
from pathlib import Path

import pytest

import analyzer

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

SHELLS = {"sh", "console", "powershell"}
FENCE = re.compile(r"^```([\w-]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> list[tuple[str, str]]:
    """(language, content) of each fenced block."""
    return FENCE.findall(text_of(page))


def commands(content: str, language: str) -> list[list[str]]:
    """The commands of a block, each as words; continued lines are joined, prompts taken off."""
    if language == "powershell":
        content = content.replace("`\n", " ").replace("\\", "/")
    content = content.replace("\\\n", " ")
    lines = [line.strip() for line in content.splitlines()]
    if language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    found: list[list[str]] = []
    for line in lines:
        words: list[str] = []
        for word in shlex.split(line, comments=True):
            if word in ("&&", ";", "|"):
                found.append(words)
                words = []
            else:
                words.append(word)
        found.append(words)
    return [words for words in found if words]


def arguments(words: list[str]) -> list[str] | None:
    """What a command hands to analyzer.py, None when it calls something else."""
    at = next((i for i, word in enumerate(words) if word.endswith("analyzer.py")), None)
    return None if at is None else words[at + 1 :]


def calls(page: Path) -> list[list[str]]:
    found = [
        arguments(words)
        for language, content in blocks(page)
        if language in SHELLS
        for words in commands(content, language)
    ]
    return [argv for argv in found if argv is not None]


def assert_parses(parser: ArgumentParser, argv: list[str], page: Path) -> None:
    code: object = 0
    try:
        parser.parse_args(argv)
    except SystemExit as stop:
        code = stop.code  # 0 after --help, which is a fine command
    assert not code, f"{page.name}: analyzer.py does not accept: {shlex.join(argv)}"


def long_options(parser: ArgumentParser) -> set[str]:
    # argparse keeps no public list of its options; help is the one every parser has.
    found = set(OPTION.findall(parser.format_help()))
    return found - {"--help"}


@every_page
def test_commands_parse(page: Path) -> None:
    for argv in calls(page):
        assert_parses(analyzer.parser(), argv, page)


@every_page
def test_commands_in_sentences_parse(page: Path) -> None:
    prose = FENCE.sub("", text_of(page))
    for code in INLINE.findall(prose):
        words = code.split()
        if words[:1] in (["python"], ["python3"]) and arguments(words) is not None:
            assert_parses(analyzer.parser(), shlex.split(code)[2:], page)


@every_page
def test_every_command_is_in_a_block_that_is_tested(page: Path) -> None:
    for language, content in blocks(page):
        if "analyzer.py " in content and language not in SHELLS:
            shown = [line for line in content.splitlines() if "analyzer.py " in line]
            assert language == "text", f"{page.name}: mark this block as sh or text: {shown}"
            assert "[--" in content or "MODEL" in content, (
                f"{page.name}: a text block is for the synopsis; mark this as sh: {shown}"
            )


def test_the_readme_shows_the_command() -> None:
    assert calls(ROOT / "README.md"), "README.md calls analyzer.py nowhere"


def test_every_option_is_documented_and_no_other() -> None:
    documented = set(OPTION.findall(text_of(ROOT / "docs" / "command.md"))) - {"--help"}
    existing = long_options(analyzer.parser())
    assert documented == existing, (
        f"not in docs/command.md: {sorted(existing - documented)}; "
        f"not an option: {sorted(documented - existing)}"
    )


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(FENCE.sub("", text_of(page)))
    local = [link.split("#")[0] for link in links if "://" not in link]
    missing = [link for link in local if link and not (page.parent / link).exists()]
    assert not missing, f"{page.name} links to what does not exist: {missing}"


@every_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {
        words[1]
        for language, content in blocks(page)
        if language in SHELLS
        for words in commands(content, language)
        if words[0] == "make" and len(words) > 1
    }
    named |= set(re.findall(r"`make ([a-z]+)", text_of(page)))
    assert named <= targets, f"{page.name}: no such target: {sorted(named - targets)}"
