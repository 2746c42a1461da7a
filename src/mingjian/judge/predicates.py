"""What `ask` can ask: the few questions that are no join of observations.

A new one needs a reason why no operator of the language will do. All of these look up what a table says: of the subject's official type,
which no observation states, or of a term, whose place in a table is no restriction of a field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mingjian.judge import necessary
from mingjian.judge.necessary import CATEGORY
from mingjian.model.types import UNKNOWN, Subject, Truth

Answer = tuple[Truth, tuple[str, ...]]
"""The truth, and what is missing when it is unknown."""
Arguments = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A named question. `parameters` are the fields whose values it is given; an argument is none when it does not apply. `reads` is what
    it may lack; one that reads the subject's type stands for the law's own table, and no operator could take its place."""

    parameters: tuple[str, ...]
    reads: tuple[str, ...]
    answer: Callable[[Subject, Arguments], Answer]


def low_relevance(subject: Subject, arguments: Arguments) -> Answer:
    """Whether the permission group of `data` is of low relevance to the subject's official type: the basic service neither needs it nor
    has a usual function that does. A group that our derivation does not rate for that type is not of low relevance."""
    data = arguments["data"]
    if data is None:
        return "no", ()
    type, missing = necessary.type_of(subject)
    if type is None or data == UNKNOWN:
        return "unknown", missing
    return ("yes" if necessary.rating_of(type, data) == "low_relevance" else "no"), ()


def unlisted_data(subject: Subject, arguments: Arguments) -> Answer:
    """Whether the law's list of necessary information for the subject's type does not name `data`, nor anything it follows from. Of a
    word more general than what the list names that is not known."""
    data = arguments["data"]
    if data is None:
        return "no", ()
    if data != UNKNOWN and not necessary.is_personal(data):
        return "no", ()
    type, missing = necessary.type_of(subject)
    if type is None or data == UNKNOWN:
        return "unknown", missing
    need = necessary.need_of(type, data)
    return ("unknown" if need == "unclear" else "yes" if need == "unlisted" else "no"), ()


def unneeded_permission(subject: Subject, arguments: Arguments) -> Answer:
    """Whether the permission `data` opens personal information and our derivation does not count its group among those that the basic
    service of the type cannot run without."""
    data = arguments["data"]
    if data is None:
        return "no", ()
    if data != UNKNOWN and not necessary.opens(data):
        return "no", ()
    type, missing = necessary.type_of(subject)
    if type is None or data == UNKNOWN:
        return "unknown", missing
    return ("no" if necessary.rating_of(type, data) == "necessary" else "yes"), ()


def no_data_type(subject: Subject, arguments: Arguments) -> Answer:  # noqa: ARG001
    """Whether the law's list says that the basic service of the type needs no personal information at all."""
    type, missing = necessary.type_of(subject)
    if type is None:
        return "unknown", missing
    return ("yes" if type.none_needed else "no"), ()


def list_read(subject: Subject, arguments: Arguments) -> Answer:  # noqa: ARG001
    """Whether what the law lists for the type was read, and is not recalled alone."""
    type, missing = necessary.type_of(subject)
    if type is None:
        return "unknown", missing
    return ("yes" if type.read else "no"), ()


def names_function(subject: Subject, arguments: Arguments) -> Answer:  # noqa: ARG001
    """Whether `purpose` names a function that the user starts; of a word such as "to provide the service" that is not known."""
    purpose = arguments["purpose"]
    return ("no" if purpose is None else necessary.names_function(purpose)), ()


def concerns(subject: Subject, arguments: Arguments) -> Answer:  # noqa: ARG001
    """Whether `data` is `permission`, of its group, or what its group opens."""
    permission, data = arguments["permission"], arguments["data"]
    if permission is None or data is None:
        return "no", ()
    if UNKNOWN in (permission, data):
        return "unknown", ()
    return necessary.concerns(permission, data), ()


def marks_installation(subject: Subject, arguments: Arguments) -> Answer:  # noqa: ARG001
    """Whether `data` is an identifier that only tells one installation from another, or that the user can set anew."""
    data = arguments["data"]
    if data == UNKNOWN:
        return "unknown", ()
    return ("yes" if data is not None and necessary.marks_installation(data) else "no"), ()


_TYPE = (CATEGORY,)

PREDICATES: dict[str, Predicate] = {
    "low_relevance": Predicate(("data",), _TYPE, low_relevance),
    "unlisted_data": Predicate(("data",), _TYPE, unlisted_data),
    "unneeded_permission": Predicate(("data",), _TYPE, unneeded_permission),
    "no_data_type": Predicate((), _TYPE, no_data_type),
    "list_read": Predicate((), _TYPE, list_read),
    "names_function": Predicate(("purpose",), (), names_function),
    "marks_installation": Predicate(("data",), (), marks_installation),
    "concerns": Predicate(("permission", "data"), (), concerns),
}
