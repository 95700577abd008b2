// The plot of a soak as an SVG of four lines over the same time, for docs/.
import type { SoakReport, SoakSample } from './soak-report.ts';

const WIDTH = 760;
const HEIGHT = 130;
const LEFT = 90;
const GAP = 34;

const LINES: readonly (readonly [title: string, of: (sample: SoakSample) => number])[] = [
  ['memory, MB', (one) => one.memoryMegabytes],
  ['storage, MB', (one) => one.storageMegabytes],
  ['rows on their way to D1', (one) => one.outboxRows],
  ['lag p95, ms', (one) => one.lagMs],
];

export function soakPlot({ samples, minutes, fillsPerSecond, leaders, machine }: SoakReport): string {
  const panels = LINES.map(([title, of], index) => panel(title, samples, of, 40 + index * (HEIGHT + GAP)));
  const height = 40 + LINES.length * (HEIGHT + GAP);
  const heading = `${minutes} minutes, ${fillsPerSecond} fills a second, ${leaders} leaders, ${machine}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${escaped(heading)}</text>`,
    ...panels,
    '</svg>',
    '',
  ].join('\n');
}

function panel(
  title: string,
  samples: readonly SoakSample[],
  of: (sample: SoakSample) => number,
  top: number,
): string {
  const known = samples.filter((sample) => !Number.isNaN(of(sample)));
  const most = Math.max(1, ...known.map(of));
  const end = Math.max(1, ...samples.map(({ atSeconds }) => atSeconds));
  const points = known.map((sample) => {
    const x = LEFT + (sample.atSeconds / end) * (WIDTH - LEFT - 20);
    return `${x.toFixed(1)},${(top + HEIGHT - (of(sample) / most) * HEIGHT).toFixed(1)}`;
  });
  return [
    `<text x="${LEFT}" y="${top - 6}">${title}</text>`,
    `<text x="${LEFT - 8}" y="${top + 10}" text-anchor="end">${most.toFixed(0)}</text>`,
    `<text x="${LEFT - 8}" y="${top + HEIGHT}" text-anchor="end">0</text>`,
    `<rect x="${LEFT}" y="${top}" width="${WIDTH - LEFT - 20}" height="${HEIGHT}" fill="none" stroke="#ccc"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#1463b8" stroke-width="1.5"/>`,
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
