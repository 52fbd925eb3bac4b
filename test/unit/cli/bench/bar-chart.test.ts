import { describe, expect, it } from 'vitest';
import { drawBars } from '../../../../src/cli/bench/report/bar-chart.js';

const reference = { name: 'bare COPY', value: 1, text: '1.00' };
const bar = (name: string, value: number) => ({ name, value, text: value.toFixed(2) });
const draw = (...values: number[]) =>
  drawBars({ title: 'Speed', bars: values.map((value, index) => bar(`case ${index}`, value)), reference });

/** The widths of the bars in the order in which they are drawn. */
const widths = (svg: string) => [...svg.matchAll(/class="bar"[^>]* width="(\d+)"/g)].map((found) => Number(found[1]));
const lineAt = (svg: string) => Number(/class="reference" x1="(\d+)"/.exec(svg)?.[1]);
const barsAt = (svg: string) => Number(/class="bar" x="(\d+)"/.exec(svg)?.[1]);

describe('a bar chart', () => {
  it('draws bars to the scale of the reference', () => {
    const svg = draw(0.5, 0.25);
    const whole = lineAt(svg) - barsAt(svg);
    expect(widths(svg)).toEqual([whole / 2, whole / 4]);
  });

  it('keeps a bar beyond the reference within the picture', () => {
    const svg = draw(2);
    expect(widths(svg)).toEqual([2 * (lineAt(svg) - barsAt(svg))]);
    expect(barsAt(svg) + widths(svg)[0]!).toBeLessThan(700);
  });

  it('shows title, names and numbers, and describes itself to who cannot see it', () => {
    const svg = draw(0.61);
    expect(svg).toContain('<title id="title">Speed</title>');
    expect(svg).toContain('<desc id="description">case 0: 0.61. bare COPY: 1.00</desc>');
    expect(svg).toMatch(/>case 0<\/text>.*>0.61<\/text>.*>bare COPY 1.00<\/text>/s);
  });

  it('has a ground of its own in light and dark', () => {
    expect(draw(1)).toMatch(/\.ground \{ fill: #ffffff.*prefers-color-scheme: dark.*\.ground \{ fill: #0d1117/s);
  });

  it('writes names as text, whatever is in them', () => {
    const svg = drawBars({ title: 'a & b', bars: [bar('<script>', 1)], reference });
    expect(svg).toContain('a &amp; b');
    expect(svg).not.toContain('<script>');
  });

  it('draws nothing for what could not be measured', () => {
    expect(widths(draw(Number.NaN, 0.5))[0]).toBe(0);
  });
});
