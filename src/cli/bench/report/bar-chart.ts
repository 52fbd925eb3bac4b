/** A bar with its number written out beside it. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
}

/** Bars and the line that they are compared with. */
export interface BarChart {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly reference: Bar;
}

const WIDTH = 760;
const BARS_AT = 210;
const BARS_WIDTH = 320;
const TOP = 76;
const ROW = 34;
const BAR = 20;

/** Colours of its own ground: readable on any page, light or dark. */
const STYLE = `
    text { font: 14px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .ground { fill: #ffffff; stroke: #d1d9e0; }
    .bar { fill: #7a2e4d; }
    .reference { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 4 3; }
    .note { fill: #59636e; font-size: 13px; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .ground { fill: #0d1117; stroke: #3d444d; }
      .bar { fill: #d987a8; }
      .reference { stroke: #9198a1; }
      .note { fill: #9198a1; }
    }
  `;

/** Draws the bars below each other as an SVG image, the reference as a dashed line across them. */
export function drawBars({ title, bars, reference }: BarChart): string {
  const height = TOP + bars.length * ROW + 14;
  const most = Math.max(reference.value, ...bars.map(({ value }) => value).filter(Number.isFinite));
  const scale = (value: number) => (Number.isFinite(value) ? Math.round((value / most) * BARS_WIDTH) : 0);
  const lineAt = BARS_AT + scale(reference.value);
  const described = bars.map(({ name, text }) => `${name}: ${text}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
  <title id="title">${escaped(title)}</title>
  <desc id="description">${escaped(described)}. ${escaped(`${reference.name}: ${reference.text}`)}</desc>
  <style>${STYLE}</style>
  <rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
  <text class="title" x="20" y="30">${escaped(title)}</text>
${bars.map((bar, index) => drawBar(bar, TOP + index * ROW, scale(bar.value), lineAt)).join('\n')}
  <line class="reference" x1="${lineAt}" y1="${TOP - 10}" x2="${lineAt}" y2="${height - 14}"/>
  <text class="note" x="${lineAt}" y="${TOP - 16}" text-anchor="middle">${escaped(`${reference.name} ${reference.text}`)}</text>
</svg>
`;
}

/** The number stands right of the bar, and right of the reference's line where it would lie on it. */
function drawBar({ name, text, value }: Bar, y: number, width: number, lineAt: number): string {
  const middle = y + BAR / 2 + 5;
  const end = BARS_AT + width;
  const textAt = Math.max(end, lineAt) + 10;
  return `  <text x="${BARS_AT - 12}" y="${middle}" text-anchor="end">${escaped(name)}</text>
  <rect class="bar" x="${BARS_AT}" y="${y}" width="${width}" height="${BAR}" rx="2" data-value="${value}"/>
  <text x="${textAt}" y="${middle}">${escaped(text)}</text>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
