import { MultiBar, Presets } from 'cli-progress';

/** How much of a piece of work is done, on one line. */
export interface Progress {
  /** @param share from 0 to 1 @param details such as the speed and the time left */
  update(share: number, details: string): void;
  /** Leaves the last state standing. */
  end(): void;
}

/** Where a program speaks to a person. */
export interface Terminal {
  readonly say: (line: string) => void;
  /** On standard error. */
  readonly complain: (line: string) => void;
  /** A bar on a terminal, else a plain line every few seconds. One at a time. */
  progress(label: string): Progress;
}

const PLAIN_LINE_MS = 3_000;

/** The terminal of this process. */
export function openTerminal(
  out: NodeJS.WriteStream = process.stdout,
  err: NodeJS.WriteStream = process.stderr,
): Terminal {
  // A closed terminal or pipe must not end the services that this process looks after.
  for (const stream of [out, err]) stream.on('error', () => {});
  let bars: MultiBar | null = null;
  const print = (stream: NodeJS.WriteStream, line: string) => {
    if (bars) bars.log(`${line}\n`);
    else stream.write(`${line}\n`);
  };
  const progress = (label: string): Progress => {
    if (!out.isTTY) return plainProgress(label, (line) => out.write(`${line}\n`));
    const shown = barProgress(label, out);
    bars = shown.bars;
    return { update: shown.update, end: () => (shown.bars.stop(), (bars = null)) };
  };
  return { say: (line) => print(out, line), complain: (line) => print(err, line), progress };
}

function barProgress(label: string, stream: NodeJS.WriteStream) {
  const format = '{label} {bar} {percentage} % | {details}';
  const options = { format, stream, barsize: 30, hideCursor: true, gracefulExit: false, emptyOnZero: true };
  const bars = new MultiBar(options, Presets.shades_classic);
  const bar = bars.create(100, 0, { label, details: '' });
  const update = (share: number, details: string) => bar.update(Math.floor(share * 100), { label, details });
  return { bars, update };
}

function plainProgress(label: string, print: (line: string) => void): Progress {
  let last = '';
  let printed = '';
  let printedAt = -Infinity;
  const show = () => {
    if (last === printed) return;
    print(last);
    printed = last;
    printedAt = performance.now();
  };
  return {
    update(share, details) {
      last = `${label} ${Math.floor(share * 100)} % | ${details}`;
      if (performance.now() - printedAt >= PLAIN_LINE_MS) show();
    },
    end: show,
  };
}
