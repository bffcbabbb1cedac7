"""Options that several verbs share, once: a dataclass of options, spread into the signature of each verb that takes it.

Typer reads the options of a verb from its signature. Options that eight verbs share would be written in eight
signatures and handed on one by one; as a group they are one parameter:

    @dataclass(frozen=True, slots=True)
    class RunOptions:
        engine: Annotated[str, typer.Option("--engine", help="…")] = "serial"
        workers: Annotated[int, typer.Option("--workers", help="…")] = 1

    @with_option_groups
    def pairs(accounts: Accounts = None, *, run: RunOptions, seed: Seed = 0) -> None: ...

On the command line `pairs` has ``--engine``, ``--workers`` and ``--seed``, and `run` arrives as one object.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_type_hints

__all__ = ["with_option_groups"]

_PLACE = inspect.Parameter.KEYWORD_ONLY


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with each parameter that is a dataclass of options spread into its fields, in their place.

    A parameter of the command itself takes the place of a group's field of the same name (another help, another
    default); both then get its value.

    Parameters
    ----------
    command : callable
        Annotated throughout. A group has no default: its fields do.

    Raises
    ------
    TypeError
        Two groups with a field of one name: the later would hide the earlier.
    """
    hints = get_type_hints(command, include_extras=True)
    written = inspect.signature(command).parameters
    groups = {name: hints[name] for name in written if is_dataclass(hints[name])}
    own = written.keys() - groups.keys()
    parameters: dict[str, inspect.Parameter] = {}
    for name, parameter in written.items():
        if name not in groups:
            parameters[name] = parameter.replace(kind=_PLACE, annotation=hints[name])
            continue
        spread = _spread(groups[name], but=own)
        if twice := sorted(parameters.keys() & spread.keys()):
            raise TypeError(f"{command.__name__}: two groups of options have a field {twice[0]!r}")
        parameters |= spread

    @functools.wraps(command)
    def run(**given: Any) -> None:
        made = {
            name: group(**{field.name: given[field.name] for field in fields(group) if field.init})
            for name, group in groups.items()
        }
        command(**{name: given[name] for name in own}, **made)

    run.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
    run.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
    return run


def _spread(group: Any, *, but: set[str]) -> dict[str, inspect.Parameter]:
    """Return a parameter for each field of a group that the command does not have itself."""
    hints = get_type_hints(group, include_extras=True)
    return {
        field.name: inspect.Parameter(field.name, _PLACE, default=_default(field), annotation=hints[field.name])
        for field in fields(group)
        if field.init and field.name not in but
    }


def _default(field: Field[Any]) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default
