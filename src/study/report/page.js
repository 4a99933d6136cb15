'use strict';
(() => {
const SVG = 'http://www.w3.org/2000/svg';
const data = JSON.parse(document.getElementById('data').textContent);
const entries = data.entries;
const $ = (id) => document.getElementById(id);

// --- small helpers: names from files become text, never markup ---------------------------------------------

const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
const draw = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
const number = (value, digits = 3) => value === undefined ? '' :
  Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(3) :
  String(Number(value.toFixed(digits)));
const nameOf = (entry) => (entry.label ?? (entry.c === undefined ? 'the whole input' : 'c ' + entry.c)) + (entry.peak > 0 ? ', peak ' + entry.peak : '');
const whereOf = (entry) => [entry.file, ...entry.cells.filter(Boolean), entry.n > 0 ? 'n ' + entry.n : ''].filter(Boolean).join(' · ');
const isDoubtful = (entry) => entry.status !== 'ok' || entry.flags.length > 0 || entry.outcome === 'missing';

// --- verdicts: kept by the browser where it allows that, and exported ----------------------------------------

const keyOf = (entry) => JSON.stringify([entry.file, entry.n, entry.c, entry.peak ?? 0]);
const shelf = 'softargmax report ' + data.title + ' ' + entries.length + ' ' + hash(entries.map(keyOf).join());
let verdicts = {};
try { verdicts = JSON.parse(localStorage.getItem(shelf) ?? '{}'); } catch { /* a page from a file may have no storage */ }
function hash(text) {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) | 0;
  return sum >>> 0;
}
const verdictOf = (entry) => verdicts[keyOf(entry)] ?? { verdict: '', note: '' };
function judge(entry, change) {
  verdicts[keyOf(entry)] = { ...verdictOf(entry), ...change };
  try { localStorage.setItem(shelf, JSON.stringify(verdicts)); } catch { /* they are exported all the same */ }
}
function csv() {
  const cell = (value) => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const head = ['file', ...data.columns, 'n', 'c', 'peak', 'label', 'status', 'flags', 'error', 'error95', 'unit', 'verdict', 'note'];
  const rows = entries.map((entry) => {
    const { verdict, note } = verdictOf(entry);
    const cells = data.columns.map((_, at) => entry.cells[at]);
    return [entry.file, ...cells, entry.n, entry.c, entry.peak, entry.label, entry.status, entry.flags.join(' '),
      entry.error, entry.error95, entry.unit, verdict, note];
  });
  return [head, ...rows].map((row) => row.map(cell).join(',') + '\n').join('');
}
function save() {
  const link = make('a', { href: URL.createObjectURL(new Blob([csv()], { type: 'text/csv' })), download: 'verdicts.csv' });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// --- slices ----------------------------------------------------------------------------------------------------

const WORDS = {
  answer: data.given ? 'the landmark as given' : 'answer of the chosen method',
  decoded: 'answer of the chosen method',
  soft: 'soft-argmax of the whole heatmap',
  hard: 'largest voxel',
  truth: 'truth',
};
// Shapes and not only colours tell marks apart; in units of a picture that is 100 wide.
const SHAPES = {
  answer: 'M-5 0H-1.5M1.5 0H5M0 -5V-1.5M0 1.5V5M2.6 0A2.6 2.6 0 1 1 -2.6 0A2.6 2.6 0 1 1 2.6 0',
  decoded: 'M0 -3L2.6 1.8H-2.6Z',
  soft: 'M0 -3L3 0L0 3L-3 0Z',
  hard: 'M-2.2 -2.2H2.2V2.2H-2.2Z',
  truth: 'M-3 -3L3 3M-3 3L3 -3',
};
const source = (picture) => picture.png ? 'data:image/png;base64,' + picture.png : picture.path;

function shape(kind, away, scale, x, y, title) {
  const place = `translate(${x} ${y}) scale(${scale})`;
  return draw('g', { transform: place, 'data-kind': kind },
    draw('title', {}, title),
    draw('path', { class: 'halo', d: SHAPES[kind] }),
    draw('path', { class: 'mark ' + kind + (away ? ' away' : ''), d: SHAPES[kind] }));
}

function picture(entry, slice) {
  const [width, height] = slice.extent;
  const size = Math.max(width, height);
  const scale = size / 130;
  const [left, right, above, below] = slice.letters;
  const spoken = `${slice.name} slice through ${nameOf(entry)}: left of the picture is ${left}, right is ${right}, top is ${above}, bottom is ${below}`;
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': spoken, 'data-view': slice.name });
  const whole = { x: 0, y: 0, width, height, preserveAspectRatio: 'none' };
  if (slice.image) svg.append(draw('image', { ...whole, class: 'image smooth', href: source(slice.image) }));
  svg.append(draw('image', { ...whole, class: 'heat', href: source(slice.heat) }));
  const marks = draw('g', { class: 'marks' });
  const answer = slice.marks.find(([kind]) => kind === 'answer');
  if (slice.ellipse && answer) {
    const [long, short, angle] = slice.ellipse;
    const turned = { cx: 0, cy: 0, rx: long, ry: short, transform: `translate(${answer[1]} ${answer[2]}) rotate(${angle})` };
    marks.append(draw('g', { 'data-kind': 'ellipse' }, draw('title', {}, '95 of 100 errors, as the map itself says'),
      draw('ellipse', { ...turned, class: 'halo' }), draw('ellipse', { ...turned, class: 'mark answer' })));
  }
  for (const [kind, x, y, distance] of slice.marks) {
    const inside = x >= 0 && y >= 0 && x <= width && y <= height;
    const [u, v] = [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
    const far = inside ? '' : ', outside the picture';
    const title = `${WORDS[kind]}, ${number(distance, 2)} ${entry.unit} from this slice${far}`;
    marks.append(shape(kind, !inside || distance > size / 20, scale, u, v, title));
  }
  svg.append(marks);
  const letter = (text, x, y, anchor, baseline) => draw('text', { class: 'side', 'text-anchor': anchor, 'dominant-baseline': baseline,
    transform: `translate(${x} ${y}) scale(${scale / 2.6})`, 'data-side': anchor + ' ' + baseline }, text);
  const gap = 2 * scale;
  svg.append(
    letter(left, gap, height / 2, 'start', 'central'), letter(right, width - gap, height / 2, 'end', 'central'),
    letter(above, width / 2, gap, 'middle', 'hanging'), letter(below, width / 2, height - gap, 'middle', 'text-after-edge'));
  const bar = [50, 20, 10, 5, 2, 1].find((length) => length <= size / 4) ?? size / 4;
  svg.append(draw('path', { class: 'scale', d: `M${gap} ${height - gap}h${bar}` },
    draw('title', {}, `${number(bar)} ${entry.unit}`)));
  return make('figure', {}, svg, make('figcaption', {}, `${slice.name}; bar ${number(bar)} ${entry.unit}`));
}

function facts(entry) {
  const triple = (values) => values && values.map((value) => number(value, 2)).join(', ');
  const length = (value) => value === undefined ? undefined : number(value) + ' ' + entry.unit;
  const beside = entry.outcome && (entry.error === undefined ? entry.outcome : length(entry.error));
  const rows = [
    ['Error', beside],
    ['error95', length(entry.error95)],
    ['Status', entry.status + (entry.flags.length ? ' (' + entry.flags.join(', ') + ')' : '')],
    ['Reason', entry.reason],
    ['Voxel h, w, d', triple(entry.voxel)],
    ['World x, y, z (RAS), mm', triple(entry.world)],
    ['Largest value', number(entry.peakValue)],
    ['Largest voxel to answer', length(entry.toHard)],
    ['Soft-argmax to answer', length(entry.toSoft)],
    ['Colours from, to', entry.range && entry.range.map((value) => number(value)).join(', ')],
  ];
  const body = rows.filter(([, value]) => value).map(([name, value]) =>
    make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, value)));
  return make('table', {}, make('tbody', {}, ...body));
}

function badges(entry) {
  const all = [];
  if (entry.status !== 'ok') all.push(make('span', { class: 'badge status' }, entry.status));
  for (const flag of entry.flags) all.push(make('span', { class: 'badge flag' }, flag));
  if (entry.outcome && entry.outcome !== 'matched' && entry.outcome !== entry.status)
    all.push(make('span', { class: 'badge status' }, entry.outcome + ' beside the truth'));
  const { verdict } = verdictOf(entry);
  if (verdict) all.push(make('span', { class: 'badge ' + verdict }, verdict));
  return all;
}

function legend(entry) {
  const kinds = new Set(entry.slices.flatMap((slice) => slice.marks.map(([kind]) => kind)));
  const items = Object.keys(SHAPES).filter((kind) => kinds.has(kind)).map((kind) => make('span', {},
    draw('svg', { viewBox: '-6 -6 12 12', 'aria-hidden': 'true' }, draw('path', { class: 'mark ' + kind, d: SHAPES[kind] })), WORDS[kind]));
  if (entry.slices.some((slice) => slice.ellipse)) items.push(make('span', {}, 'ellipse: 95 of 100 errors, as the map itself says'));
  return make('div', { class: 'legend' }, ...items);
}

// --- one landmark ------------------------------------------------------------------------------------------------

let shown = entries.map((_, at) => at);
let current = 0;

function article(entry, tools) {
  const body = [make('h2', {}, nameOf(entry)), make('p', { class: 'where' }, whereOf(entry)), make('p', {}, ...badges(entry))];
  if (entry.slices.length) {
    body.push(make('div', { class: 'slices' }, ...entry.slices.map((slice) => picture(entry, slice))), legend(entry));
  } else {
    body.push(make('p', {}, entry.voxel ? 'There is no picture of it: --pictures says how many have one.' : 'It has no position to show.'));
  }
  body.push(facts(entry));
  const { verdict, note } = verdictOf(entry);
  if (tools) {
    const button = (word, key) => {
      const made = make('button', { type: 'button', 'aria-pressed': String(verdict === word), 'data-verdict': word }, `${word} (${key})`);
      made.addEventListener('click', () => decide(word));
      return made;
    };
    const area = make('textarea', { id: 'note', 'aria-label': 'Note on ' + nameOf(entry), placeholder: 'note (t)' });
    area.value = note;
    area.addEventListener('input', () => judge(entry, { note: area.value }));
    const step = (word, by) => {
      const made = make('button', { type: 'button' }, word);
      made.addEventListener('click', () => go(by));
      return made;
    };
    body.push(make('div', { class: 'verdict', role: 'group', 'aria-label': 'Verdict' },
      step('← previous (p)', -1), button('good', 'g'), button('bad', 'b'), step('next (n) →', 1)), area);
  } else if (verdict || note) {
    body.push(make('p', {}, `Verdict: ${verdict || 'none'}. ${note}`));
  }
  return body;
}

function showOne() {
  const at = shown[current];
  const one = $('one');
  one.replaceChildren();
  for (const item of $('list').querySelectorAll('[aria-current]')) item.removeAttribute('aria-current');
  if (at === undefined) {
    one.append(make('p', {}, 'No landmark passes the filters.'));
    return;
  }
  one.append(...article(entries[at], true));
  const item = $('list').children[current];
  if (item) {
    item.setAttribute('aria-current', 'true');
    item.scrollIntoView({ block: 'nearest' });
  }
}
function go(by) {
  if (!shown.length) return;
  open('landmarks');
  current = Math.min(Math.max(current + by, 0), shown.length - 1);
  showOne();
}
function decide(word) {
  const entry = entries[shown[current]];
  if (!entry) return;
  judge(entry, { verdict: verdictOf(entry).verdict === word ? '' : word });
  const item = $('list').children[current];
  if (item) item.replaceWith(row(shown[current], current));
  showOne();
}

// --- the list and its filters --------------------------------------------------------------------------------------

function row(at, place) {
  const entry = entries[at];
  const size = entry.error ?? entry.error95;
  const what = entry.error !== undefined ? 'error' : 'error95';
  const item = make('li', {}, make('strong', {}, nameOf(entry)), ' ',
    size === undefined ? null : make('span', {}, `${what} ${number(size, 2)} ${entry.unit} `), ...badges(entry),
    make('div', { class: 'where' }, whereOf(entry)));
  item.addEventListener('click', () => { current = place; showOne(); });
  return item;
}
function options(select, words) {
  const unique = [...new Set(words)].sort();
  select.append(make('option', { value: '' }, 'any'), ...unique.map((word) => make('option', { value: '=' + word }, word)));
}
function filter() {
  const [find, label, status, flag, verdict] = ['find', 'by-label', 'by-status', 'by-flag', 'by-verdict'].map((id) => $(id).value);
  const least = parseFloat($('least').value);
  const words = find.toLowerCase();
  const matches = (entry) => {
    const size = data.hasTruth ? (['missing', 'duplicate'].includes(entry.outcome) ? Infinity : entry.error) : entry.error95;
    return (!words || [whereOf(entry), nameOf(entry), entry.reason ?? ''].join(' ').toLowerCase().includes(words)) &&
      (!label || '=' + nameOf(entry) === label) && (!status || '=' + entry.status === status) &&
      (!flag || (flag === '=no flag' ? entry.flags.length === 0 : flag === '=any flag' ? entry.flags.length > 0 : entry.flags.includes(flag.slice(1)))) &&
      (!verdict || (verdict === '=none' ? !verdictOf(entry).verdict : '=' + verdictOf(entry).verdict === verdict)) &&
      (Number.isNaN(least) || size >= least);
  };
  shown = entries.map((_, at) => at).filter((at) => matches(entries[at]));
  current = 0;
  $('list').replaceChildren(...shown.map(row));
  $('count').textContent = `${shown.length} of ${entries.length} shown`;
  showOne();
}

// --- pages and keys ---------------------------------------------------------------------------------------------------

let isListed = false;
function open(page) {
  for (const name of ['overview', 'landmarks']) {
    $(name).hidden = name !== page;
    $('to-' + name).setAttribute('aria-pressed', String(name === page));
  }
  if (page === 'landmarks' && !isListed) {
    isListed = true;
    filter();
  }
}
const toggle = (name) => document.body.classList.toggle(name);
const KEYS = {
  n: () => go(isListed ? 1 : 0), ArrowRight: () => go(isListed ? 1 : 0), p: () => go(-1), ArrowLeft: () => go(-1),
  g: () => decide('good'), b: () => decide('bad'), u: () => decide(verdictOf(entries[shown[current]]).verdict),
  t: () => $('note')?.focus(), h: () => toggle('no-heat'), m: () => toggle('no-marks'),
  o: () => open('overview'), e: save,
};
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === 'Escape') event.target.blur?.();
  if (isTyping || !Object.hasOwn(KEYS, event.key)) return;
  if ('gbut'.includes(event.key) && $('landmarks').hidden) return;
  event.preventDefault();
  KEYS[event.key]();
});
$('to-overview').addEventListener('click', () => open('overview'));
$('to-landmarks').addEventListener('click', () => open('landmarks'));
$('export').addEventListener('click', save);
$('to-help').addEventListener('click', () => {
  $('help').hidden = !$('help').hidden;
  $('to-help').setAttribute('aria-expanded', String(!$('help').hidden));
});
options($('by-label'), entries.map(nameOf));
options($('by-status'), entries.map((entry) => entry.status));
options($('by-flag'), [...entries.flatMap((entry) => entry.flags), 'any flag', 'no flag']);
options($('by-verdict'), ['good', 'bad', 'none']);
if (!data.hasTruth) $('least-label').firstChild.textContent = 'error95 at least ';
for (const id of ['by-label', 'by-status', 'by-flag', 'by-verdict']) $(id).addEventListener('change', filter);
for (const id of ['find', 'least']) $(id).addEventListener('input', filter);
$('convention').textContent = data.convention === 'radiological'
  ? 'Radiological convention: the right of the patient (R) is on the left of axial and coronal slices.'
  : 'Neurological convention: the right of the patient (R) is on the right of axial and coronal slices.';

// On paper: the overview, then every landmark that passes the filters, up to a hundred.
const MOST = 100;
addEventListener('beforeprint', () => {
  if (!isListed) shown = entries.map((_, at) => at);
  const pages = shown.slice(0, MOST).map((at) => make('article', {}, ...article(entries[at], false)));
  const rest = shown.length > MOST ? [make('p', {}, `${shown.length - MOST} more landmarks are not printed; filters choose which are.`)] : [];
  $('print').replaceChildren(...pages, ...rest);
});
addEventListener('afterprint', () => $('print').replaceChildren());
if (location.hash.startsWith('#landmark-')) {
  open('landmarks');
  go(parseInt(location.hash.slice(10), 10) || 0);
}
})();
