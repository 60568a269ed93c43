// What the benchmark prints: rows with both sides, and what section 6 of the design asks of them.

/** One line of the table: both sides of a measurement and what the design asks of it. */
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

/** What is asked of a figure. */
export interface Budget {
  readonly atLeast: number
  readonly aim?: number
}

/** Whether a figure reaches its budget, where a smaller one is better. */
export const atMost = (value: number, atLeast: number, aim: number = atLeast): Row["met"] =>
  value > atLeast ? "NO" : value > aim || aim === atLeast ? "at least" : "aim"

/** Whether a figure reaches its budget, where a larger one is better. */
export const noLess = (value: number, atLeast: number, aim: number = atLeast): Row["met"] =>
  atMost(-value, -atLeast, -aim)

/** The columns of a speed against the official SDK's, where a larger ratio is better. */
export const ratioColumns = (ratio: number, budget?: Budget): Pick<Row, "ratio" | "atLeast" | "aim" | "met"> => ({
  ratio: `${ratio.toFixed(2)} x`,
  atLeast: budget === undefined ? "" : `${budget.atLeast} x`,
  aim: budget?.aim === undefined ? "" : `${budget.aim} x`,
  met: budget === undefined ? "-" : noLess(ratio, budget.atLeast, budget.aim)
})

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
