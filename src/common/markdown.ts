/** A Markdown table, its columns aligned as the formatter of the project wants them. */
export const tableText = (rows: readonly (readonly string[])[]): string => {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const [head = [], ...body] = escaped;
  const widths = head.map((_, column) =>
    Math.max(3, ...escaped.map((row) => [...(row[column] ?? '')].length)),
  );
  const line = (cells: readonly string[], filler = ' '): string =>
    `| ${widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return cell + filler.repeat(width - [...cell].length);
      })
      .join(' | ')} |\n`;
  return line(head) + line([], '-') + body.map((row) => line(row)).join('');
};
