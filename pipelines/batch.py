"""Lists in, lists out: one call with several inputs, the same for every task.

An input that may be a list is one of texts, pictures, sounds or prompts; what is no list counts for
all items. An adapter that takes lists answers them as one batch; others answer one after another,
and a file is opened when its turn comes: a hundred pictures would not fit into memory.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, TypeAlias

from pipelines.engines import Model
from pipelines.errors import InputError
from pipelines.inputs import Audio, Image, Labels, LongText, Messages, Option
from pipelines.run import current
from pipelines.task import Parameter, Task

Given: TypeAlias = Mapping[str, Any]
Arguments: TypeAlias = dict[str, Any]


class Notes:
    """The notes on the items of a list, each with the numbers of the items that it is about."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._numbers: dict[str, list[int]] = {}

    @contextmanager
    def item(self, number: int) -> Iterator[None]:
        """Keep the notes that are made in the block, and name the item in an error.

        Raises:
            InputError: the one raised in the block, with the item's number.
        """
        notes = current().notes
        others = [*notes]
        notes.clear()
        try:
            yield
        except InputError as error:
            raise InputError(f"Item {number}: {error.sentence}", error.hint) from error
        finally:
            for sentence in notes:
                self._numbers.setdefault(sentence, []).append(number)
            notes[:] = others

    def tell(self) -> None:
        """Put them beside the answer; a note on all items needs no numbers."""
        for sentence, numbers in self._numbers.items():
            about = "" if len(numbers) == self._count else f"{_items(numbers)}: "
            current().notes.append(about + sentence)


def _items(numbers: list[int]) -> str:
    return f"Item{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def values(
    task: Task,
    inputs: Mapping[str, Any],
    options: Mapping[str, Any],
    read: Callable[[Given, Given], Arguments],
    most: int,
) -> Callable[[Model], Generator[Any, None, None]]:
    """What yields the growing answer of the model that it is given.

    `read` checks the inputs and options of one item; `most` items may come in one call.

    Raises:
        InputError: an input or option cannot be used; of a list it says which item.
    """
    lists = _lists(task, {**inputs, **options})
    if not lists:
        arguments = read(inputs, options)
        return lambda model: answers(task, model, arguments)
    count = _count(lists, most)
    each = [
        ({**inputs, **_item(inputs, lists, n)}, {**options, **_item(options, lists, n)})
        for n in range(count)
    ]
    notes = Notes(count)
    if any(isinstance(p.spec, Image | Audio) for p in task.inputs if p.name in lists):
        files = [partial(read, *one) for one in each]
        return lambda model: _in_turn(task, model, files, notes)
    texts: list[Arguments] = []
    for number, one in enumerate(each, 1):
        with notes.item(number):
            texts.append(read(*one))
    if all(_takes_list(task, name) for name in lists):
        notes.tell()
        return lambda model: answers(task, model, _joined(task, texts))
    return lambda model: _in_turn(task, model, [partial(dict, one) for one in texts], notes)


def answers(task: Task, model: Model, arguments: Arguments) -> Generator[Any, None, None]:
    """Yield the answer as it grows."""
    if not task.streams:
        yield task.run(model, **arguments)
        return
    # However this ends, the adapter is closed before another run gets the model.
    with closing(task.run(model, **arguments)) as growing:
        yield from growing


def _in_turn(
    task: Task, model: Model, items: Sequence[Callable[[], Arguments]], notes: Notes
) -> Generator[Any, None, None]:
    done: list[Any] = []
    for number, read in enumerate(items, 1):
        with notes.item(number):
            value: Any = None
            for value in answers(task, model, read()):
                yield [*done, value]
            done.append(value)
    notes.tell()


def _lists(task: Task, given: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values that are lists of items, by name."""
    kinds: list[Parameter[Any]] = [*task.inputs, *task.options]
    return {p.name: given[p.name] for p in kinds if is_list(p.spec, given.get(p.name))}


def is_list(spec: Any, value: Any) -> bool:
    """Whether the value is a list of items, not one that is itself written as a list."""
    if not isinstance(value, list) or isinstance(spec, Labels):
        return False
    if isinstance(spec, Messages):  # one conversation is a list of dicts
        return bool(value) and not any(isinstance(one, dict) for one in value)
    return isinstance(spec, LongText) or not isinstance(spec, Option)


def _count(lists: Mapping[str, list[Any]], most: int) -> int:
    lengths = {name: len(one) for name, one in lists.items()}
    if len(set(lengths.values())) > 1:
        said = " and ".join(f"{length} in {name}" for name, length in lengths.items())
        raise InputError(
            f"The lists differ in length: {said}.", "Send as many of each, or one for all."
        )
    count = next(iter(lengths.values()))
    if not 0 < count <= most:
        raise InputError(f"{count} inputs cannot be answered in one call.", f"Send 1 to {most}.")
    return count


def _item(given: Mapping[str, Any], lists: Mapping[str, list[Any]], n: int) -> dict[str, Any]:
    return {name: lists[name][n] for name in given if name in lists}


def _takes_list(task: Task, name: str) -> bool:
    kinds: list[Parameter[Any]] = [*task.inputs, *task.options]
    return any(p.name == name and p.takes_list for p in kinds)


def _joined(task: Task, read: list[Arguments]) -> Arguments:
    """The arguments of one call for all: lists of what the adapter takes as lists."""
    joined = dict(read[0])
    for name, value in joined.items():
        if value is not None and _takes_list(task, name):
            joined[name] = [one[name] for one in read]
    return joined
