/** One line of the table: both sides of a measurement and what section 6 of the design asks of it. */
export interface Row {
  readonly what: string
  readonly ours: string
  readonly official: string
  readonly ratio: string
  readonly atLeast: string
  readonly aim: string
  /** Which of the two was reached; "-" when nothing is asked. */
  readonly met: "aim" | "at least" | "NO" | "-"
}

/** What one benchmark found; the notes say how it was measured. */
export interface Report {
  readonly rows: ReadonlyArray<Row>
  readonly notes: ReadonlyArray<string>
}

/** Whether a figure reaches its budget, where a smaller one is better. */
export const atMost = (value: number, atLeast: number, aim: number = atLeast): Row["met"] =>
  value > atLeast ? "NO" : value > aim || aim === atLeast ? "at least" : "aim"

/** Whether a figure reaches its budget, where a larger one is better. */
export const noLess = (value: number, atLeast: number, aim: number = atLeast): Row["met"] =>
  atMost(-value, -atLeast, -aim)

const cells = (row: Row): ReadonlyArray<string> => [
  row.what,
  row.ours,
  row.official,
  row.ratio,
  row.atLeast,
  row.aim,
  row.met
]

export const table = (rows: ReadonlyArray<Row>): string => {
  const lines = [["what", "ours", "official", "ratio", "at least", "aim", "met?"], ...rows.map(cells)]
  const width = (column: number): number => Math.max(...lines.map((line) => line[column]?.length ?? 0))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(width(column) + 2))
        .join("")
        .trimEnd()
    )
    .join("\n")
}
