"""The execution of rows, whose columns are shown without what graphql-core prepares for any resolver.

A field costs graphql-core some microseconds, of which its value takes a small part: facts for the resolver,
a path, the coercion of arguments. A large list shows a hundred thousand fields. So the fields of a selection
are looked at once, and columns and related rows are then taken as they are. Whatever is not as it should be,
such as null where none may stand, is left to graphql-core, so that the errors are its own.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeGuard

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
    get_argument_values,
)
from graphql.execution import Executor
from graphql.pyutils import Path

from operations.reads.rows import Row

# The extensions of fields that show a column, a related row, or related rows as they are if they are few.
_COLUMN: Final = "column"
_RELATED: Final = "related"
_ATTACHED: Final = "attached"
_ROWS: Final = {Row}


class _Column(NamedTuple):
    """How the value of a row becomes that of a field. A value of the class `plain` is shown as it is."""

    get: Callable[[Any], Any]
    coerce: Callable[[Any], Any]
    plain: type | None
    nullable: bool


class _Field(NamedTuple):
    """A field of a selection. `show` returns what it shows of a row at a path, if it is no column."""

    name: str
    column: _Column | None
    show: Callable[[Row, Path], Any]


class _Selection(NamedTuple):
    """The fields that are selected of rows of a type. Their group is known by its identity, so it is kept."""

    type_name: str
    fields: Sequence[_Field]
    group: Any


def column(
    get: Callable[[Any], Any], scalar: GraphQLScalarType, plain: type | None, *, nullable: bool
) -> dict[str, Any]:
    """Return the extensions of a field that shows a column. Values of the class `plain` are not coerced."""
    return {_COLUMN: _Column(get, scalar.coerce_output_value, plain, nullable)}


def related(name: str) -> dict[str, Any]:
    """Return the extensions of a field that shows the one related row of this relation."""
    return {_RELATED: name}


def attached(name: str) -> dict[str, Any]:
    """Return the extensions of a field that shows the rows of this relation, which are part of the row."""
    return {_ATTACHED: name}


class RowExecution(Executor[Any]):
    """An execution that shows rows by itself. Its resolvers are synchronous, and there is no middleware."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._selections: dict[int, _Selection] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """Return the fields of a row; graphql-core executes those of any other object."""
        if path is None or source_value.__class__ is not Row:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        return self._shown(self._selection(parent_type, grouped_field_set), source_value, path)

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: Any,
        info: Any,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Return a list of rows; graphql-core completes any other list."""
        if _are_rows(result):
            return self._list(return_type.of_type, field_details_list, path, result)
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _list(self, item_type: Any, details: Any, path: Path, rows: Sequence[Row]) -> list[Any]:
        kind = _nullable(item_type)
        completed: list[Any] = []
        selection = None
        for index, row in enumerate(rows):
            try:
                if selection is None:
                    group = self.collect_subfields(kind, details).grouped_field_set
                    selection = self._selection(kind, group)
                completed.append(self._shown(selection, row, path, index))
            except Exception as error:  # noqa: BLE001  (as graphql-core does)
                self.handle_field_error(error, item_type, details, Path(path, index, None))
                completed.append(None)
        return completed

    def _shown(self, selection: _Selection, row: Row, path: Path, index: int | None = None) -> dict[str, Any]:
        """Return the fields of a row at a path, or at an index of the list at that path."""
        shown: dict[str, Any] = {}
        value = row.value
        for name, column, show in selection.fields:
            if column is not None:
                get, coerce, plain, nullable = column
                try:
                    found = get(value)
                    if found.__class__ is plain or (found is None and nullable):
                        shown[name] = found
                        continue
                    if found is not None and (found := coerce(found)) is not None and found is not Undefined:
                        shown[name] = found
                        continue
                except Exception:  # noqa: BLE001, S110  (graphql-core meets it again, and reports it)
                    pass
            if index is not None:
                path, index = Path(path, index, None), None
            shown[name] = show(row, Path(path, name, selection.type_name))
        return shown

    def _selection(self, kind: GraphQLObjectType, group: Any) -> _Selection:
        found = self._selections.get(id(group))
        if found is None:
            fields = [self._field(kind, name, details) for name, details in group.items()]
            found = self._selections[id(group)] = _Selection(kind.name, fields, group)
        return found

    def _field(self, kind: GraphQLObjectType, name: str, details: Any) -> _Field:
        node = details[0].node
        field = kind.fields.get(node.name.value)
        show: Callable[[Row, Path], Any]
        if field is None:  # __typename
            return _Field(name, None, lambda row, path: self.execute_field(kind, row, details, path, None))
        show = partial(self._resolved, kind, field, details, {})
        extensions = field.extensions
        if _RELATED in extensions:
            show = partial(self._related, extensions[_RELATED], field.type, details, show)
        elif _ATTACHED in extensions and not node.arguments:
            show = partial(self._attached, extensions[_ATTACHED], field.type, details, show)
        return _Field(name, extensions.get(_COLUMN), show)

    def _related(
        self,
        relation: str,
        declared: Any,
        details: Any,
        resolved: Callable[[Row, Path], Any],
        row: Row,
        path: Path,
    ) -> Any:
        """Return the fields of a related row; null is left to graphql-core."""
        found = row.related.get(relation)
        if found.__class__ is not Row:
            return resolved(row, path)
        kind = _nullable(declared)
        try:
            group = self.collect_subfields(kind, details).grouped_field_set
            return self._shown(self._selection(kind, group), found, path)
        except Exception as error:  # noqa: BLE001  (as graphql-core does)
            self.handle_field_error(error, declared, details, path)
            return None

    def _attached(
        self,
        relation: str,
        declared: Any,
        details: Any,
        resolved: Callable[[Row, Path], Any],
        row: Row,
        path: Path,
    ) -> Any:
        """Return a list of at most one related row; a longer one is resolved, because it counts again."""
        rows = row.related.get(relation)
        if not _are_rows(rows) or len(rows) > 1:
            return resolved(row, path)
        try:
            return self._list(_nullable(declared).of_type, details, path, rows)
        except Exception as error:  # noqa: BLE001  (as graphql-core does)
            self.handle_field_error(error, declared, details, path)
            return None

    def _resolved(
        self,
        kind: GraphQLObjectType,
        field: GraphQLField,
        details: Any,
        known: dict[str, Any],
        row: Row,
        path: Path,
    ) -> Any:
        """Return what a field's resolver finds. Its arguments are `known` after the first row."""
        nodes = [detail.node for detail in details]
        info = self.build_resolve_info(field, nodes, kind, path)
        try:
            if field.args and "arguments" not in known:
                known["arguments"] = get_argument_values(
                    field,
                    nodes[0],
                    self.variable_values,
                    details[0].fragment_variable_values,
                    self.hide_suggestions,
                )
            found = (field.resolve or self.field_resolver)(row, info, **known.get("arguments", {}))
            return self.complete_value(field.type, details, info, path, found, None)
        except Exception as error:  # noqa: BLE001  (as graphql-core does)
            self.handle_field_error(error, field.type, details, path)
            return None


def _nullable(declared: Any) -> Any:
    return declared.of_type if isinstance(declared, GraphQLNonNull) else declared


def _are_rows(found: Any) -> TypeGuard[list[Row]]:
    return found.__class__ is list and set(map(type, found)) <= _ROWS
