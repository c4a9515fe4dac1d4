/**
 * A column: its heading, its cell for a row, and whether it gives way on narrow screens.
 * @template T
 * @typedef {{title: string, cell: (row: T) => import("preact").ComponentChildren, number?: boolean, minor?: boolean}} Column
 */

/**
 * A table that scrolls sideways by itself where the screen is too narrow.
 * @param {{label: string, columns: Column<any>[], rows: any[], keyOf?: (row: any) => string}} props
 */
export function Table({ label, columns, rows, keyOf = (row) => row.id }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section class="scroll" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <td key={column.title} class={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** @param {Column<any>} column */
function classOf(column) {
  return [column.number && "number", column.minor && "minor"].filter(Boolean).join(" ");
}
