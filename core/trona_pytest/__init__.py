"""`pytest --trona-plugin NAME`: the conformance kit as a pytest plugin, importable as `trona_pytest`.

pytest loads this module in every project of the environment. It is outside the package `trona`, so that trona is not
imported unless the kit is used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.conformance import Proof

ROOT = "trona"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("trona", "conformance kit of trona")
    group.addoption(
        "--trona-plugin",
        action="append",
        default=[],
        metavar="NAME",
        dest="trona_plugins",
        help="run the conformance kit on this installed physics or property form (may be given several times); on a "
        "command line without file arguments nothing else is run",
    )
    group.addoption(
        "--trona-deck",
        action="append",
        default=[],
        metavar="FILE",
        dest="trona_decks",
        help="try it on this deck instead of the example decks of its package (may be given several times)",
    )


def pytest_configure(config: pytest.Config) -> None:
    names, decks = config.option.trona_plugins, config.option.trona_decks
    if decks and len(names) != 1:
        raise pytest.UsageError("--trona-deck goes with one --trona-plugin")
    asked = any(word.startswith("--trona-plugin") for word in map(str, config.invocation_params.args))
    if asked and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = []  # the kit alone; from addopts of a project it is added to the tests


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the proofs; first, so that -k and -m choose among them too."""
    if not config.option.trona_plugins:
        return
    root = Kit.from_parent(session, name=ROOT, nodeid=ROOT, path=session.path)
    for name in dict.fromkeys(config.option.trona_plugins):
        items.extend(Subject.from_parent(root, name=name).collect())


class Kit(pytest.Collector):
    """The node above all plugins under test."""

    def collect(self) -> Iterator[pytest.Item]:
        return iter(())


class Subject(pytest.Collector):
    """A plugin under test."""

    def collect(self) -> Iterator[pytest.Item]:
        from trona.conformance import proofs
        from trona.errors import TronaError

        decks = [Path(self.config.invocation_params.dir, path) for path in self.config.option.trona_decks]
        try:
            found = proofs(self.name, decks)
        except TronaError as error:
            raise pytest.UsageError(str(error)) from None
        for proof in found:
            yield ProofItem.from_parent(self, name=proof.name, proof=proof)


class ProofItem(pytest.Item):
    """One proof."""

    def __init__(self, *, proof: Proof, **rest: Any) -> None:
        super().__init__(**rest)
        self.proof = proof

    def runtest(self) -> None:
        from trona.conformance import NotApplicable
        from trona.problem.start import no_arguments

        try:
            with no_arguments():
                self.proof.check()
        except NotApplicable as reason:
            pytest.skip(str(reason))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the text of a verdict; only an error in the plugin has a traceback."""
        from trona.conformance import Failed

        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.nodeid
