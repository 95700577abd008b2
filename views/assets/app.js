/* What pages need of a script of our own: local times, charts, the drawer, and word of a lost connection. Without it
   every page still works, with UTC times, tables instead of charts, and pages instead of the drawer. */
(() => {
  const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });
  const dollars = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' });

  /** Shows moments in the reader's zone; the UTC text stays in the title. */
  const showTimes = () => {
    for (const time of document.querySelectorAll('time[datetime]')) {
      const moment = new Date(time.getAttribute('datetime'));
      if (Number.isNaN(moment.getTime())) continue;
      const text = zoned.format(moment);
      if (time.textContent !== text) time.textContent = text;
    }
  };

  /* Charts. The server gives integers of micros or basis points; here they only become pixels and labels. */
  const FORMATS = {
    usd: (value) => dollars.format(value / 1e6),
    percent: (value) => `${(value / 100).toFixed(2)}%`,
  };
  const charts = new Map();

  /** Ticks that are whole dollars apart need no cents. */
  const wholeDollars = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: 0,
  });
  const tickText = (unit, tick, ticks) =>
    unit === 'usd' && ticks.length > 1 && ticks[1] - ticks[0] >= 1e6
      ? wholeDollars.format(tick / 1e6)
      : FORMATS[unit](tick);

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const optionsOf = (given, width) => {
    const format = (_plot, value) =>
      value === null || value === undefined ? '–' : FORMATS[given.unit](value);
    const grid = { stroke: colour('--line'), width: 1 };
    const axis = { stroke: colour('--muted'), grid, ticks: grid, font: '12px system-ui, sans-serif' };
    return {
      width,
      height: 220,
      cursor: { y: false },
      scales: { x: { time: true } },
      axes: [
        axis,
        {
          ...axis,
          size: 84,
          values: (_plot, ticks) => ticks.map((tick) => tickText(given.unit, tick, ticks)),
        },
      ],
      series: [
        { value: (_plot, value) => (value === null ? '–' : zoned.format(new Date(value * 1000))) },
        ...given.series.map((series) => ({
          label: series.label,
          stroke: colour(series.colour),
          width: 2,
          spanGaps: true,
          fill: series.filled ? `${colour(series.colour)}22` : undefined,
          dash: series.dashed ? [6, 4] : undefined,
          value: format,
          points: { show: given.x.length < 30 },
        })),
      ],
    };
  };

  const drawChart = (figure) => {
    const text = figure.getAttribute('data-chart');
    const room = figure.querySelector('.plot');
    const width = Math.floor(room?.clientWidth ?? 0);
    if (!room || width === 0 || typeof uPlot === 'undefined') return;
    const known = charts.get(figure);
    if (known && known.text === text && known.width === width) return;
    known?.plot.destroy();
    const given = JSON.parse(text);
    const plot = new uPlot(
      optionsOf(given, width),
      [given.x, ...given.series.map((one) => one.values)],
      room,
    );
    charts.set(figure, { plot, text, width });
  };

  const drawCharts = () => {
    for (const [figure, { plot }] of charts) {
      if (figure.isConnected) continue;
      plot.destroy();
      charts.delete(figure);
    }
    for (const figure of document.querySelectorAll('figure[data-chart]')) drawChart(figure);
  };

  const redrawCharts = () => {
    for (const { plot } of charts.values()) plot.destroy();
    charts.clear();
    drawCharts();
  };

  const openDrawer = () => {
    const drawer = document.getElementById('drawer');
    if (!drawer || drawer.open) return;
    drawer.showModal();
    document.getElementById('drawer-body')?.focus();
  };

  /* A part that could not be fetched keeps what it showed; that this is old must be said. */
  let lostSince = null;
  const connection = (lost) => {
    const note = document.getElementById('connection');
    if (!note || lost === (lostSince !== null)) return;
    lostSince = lost ? new Date() : null;
    note.hidden = !lost;
    document.body.classList.toggle('stale', lost);
    note.textContent = lost
      ? `${note.getAttribute('data-lost')} ${zoned.format(lostSince)}: what you see is old.`
      : '';
  };

  document.addEventListener('htmx:after:swap', (event) => {
    showTimes();
    drawCharts();
    const target = event.detail?.ctx?.target ?? event.target;
    if (target?.id === 'drawer-body') openDrawer();
  });
  document.addEventListener('htmx:after:request', (event) => {
    if (event.detail?.ctx?.response) connection(false);
  });
  document.addEventListener('htmx:sse:after:connection', () => connection(false));
  for (const name of ['htmx:error', 'htmx:sse:error'])
    document.addEventListener(name, (event) => {
      // A page that is left aborts what it had asked for: nothing is lost then.
      if (event.detail?.error?.name !== 'AbortError') connection(true);
    });

  /* A hidden tab asks for nothing by itself, since each request is billed; once it is shown, its parts are fetched again. */
  document.addEventListener('htmx:before:request', (event) => {
    if (document.hidden && event.target.matches('.live, #state, #events')) event.preventDefault();
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) document.body.dispatchEvent(new Event('shown'));
  });

  document.addEventListener('DOMContentLoaded', () => {
    showTimes();
    drawCharts();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawCharts);
    new ResizeObserver(drawCharts).observe(document.getElementById('main') ?? document.body);
  });
})();
