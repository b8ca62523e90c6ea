/**
 * Bytes of lines that nobody has read yet. Bun keeps what a pipe does not take in its memory, without end (M: 3 MB in a
 * hundredth of a second), and a reader that stands still would let a long run with --verbose grow for hours.
 */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** What of a stream is used: the callback comes when the text has left the process. */
export interface LineStream {
  write(text: string, written: () => void): unknown;
}

/** Writes lines; those for which there is no room are left out, which is said as soon as there is. */
export function createLineWriter(stream: LineStream, mostBytes = MOST_UNREAD_BYTES): (line: string) => void {
  let unread = 0;
  let leftOut = 0;
  const write = (line: string) => {
    const text = `${line}\n`;
    unread += text.length;
    stream.write(text, () => {
      unread -= text.length;
    });
  };
  return (line) => {
    if (unread > mostBytes) {
      leftOut++;
      return;
    }
    if (leftOut > 0) write(`${leftOut} lines were left out here: nobody read what was written before them`);
    leftOut = 0;
    write(line);
  };
}
