/** The card of the run that is looked at: what it is, what was set, what came out, its checkpoints and its thoughts. */
import { icon, make } from '../../shared/dom.js';
import { ask } from '../api.js';
import { training } from '../state.js';
import { annotate, hide, remove, rename, tagAll } from './actions.js';
import { CheckpointList } from './checkpoints.js';
import { formatDuration, formatExactly, formatMoment, formatNumber, formatValue } from './format.js';
import { paintMark, runMark } from './mark.js';
import { paintStatus, statusMark } from './status.js';

const CROSS = 'M4.5 4.5l7 7M11.5 4.5l-7 7';
const PENCIL = 'M3 13l.6-2.800 7-7 2.200 2.200-7 7zM9.300 4.500l2.200 2.200';
const SHOWN_PARAMETERS = 400;

/** Parts are drawn anew only where what they show has changed, so that nobody's typing is lost. */
export class Details {
  #shown = new Map();
  #run = null;
  /** The note as the server has it, and as its field had it then. */
  #note = { kept: '', shown: '' };

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    element.addEventListener('keydown', (event) => event.key === 'Escape' && !event.defaultPrevented && !event.target.closest('input, textarea') && training.setFocus(null));
    for (const event of ['focus', 'runs', 'group', 'store']) training.on(event, () => this.show());
    this.show();
  }

  show() {
    const run = training.focus === null ? undefined : training.run(training.focus);
    if (this.#run && this.#run.id !== run?.id) this.#keepNote();
    this.element.hidden = !run;
    if (!run) {
      this.#run = null;
      return;
    }
    if (this.#run?.id !== run.id) this.#build(run);
    this.#run = run;
    paintMark(this.mark, run);
    paintStatus(this.status, run);
    this.#part('name', [run.name], () => [this.name.replaceChildren(document.createTextNode(run.name || run.id))]);
    this.#part('facts', [run.started, run.values.duration, run.values.steps, run.folder, run.updated > Date.now() / 1000 - 60], () => this.facts.replaceChildren(...facts(run)));
    this.#part('tags', [run.tags, training.store?.writable], () => this.#showTags(run));
    this.#showNote(run);
    this.#part('hidden', [run.hidden], () => (this.hide.textContent = run.hidden ? 'Show again' : 'Hide'));
    const metrics = metricsOf(run);
    this.#part('metrics', [metrics], () => fill(this.metrics, `Scalars (${metrics.length})`, [metricTable(metrics)], metrics.length));
    const parameters = Object.entries(run.parameters);
    this.#part('parameters', [parameters], () => fill(this.parameters, `Parameters (${parameters.length})`, [pairs(parameters.slice(0, SHOWN_PARAMETERS))], parameters.length));
    this.#part('checkpoints', [run.checkpoints], () => this.#showCheckpoints(run));
    const source = Object.entries(run.source ?? {});
    this.#part('source', [source], () => fill(this.source, 'Where it ran', [pairs([...source, ['id', run.id]])], 1));
  }

  #part(name, facts, draw) {
    const key = JSON.stringify(facts);
    if (this.#shown.get(name) === key) return;
    this.#shown.set(name, key);
    draw();
  }

  #build(run) {
    this.#shown.clear();
    const writable = training.store?.writable ?? false;
    this.mark = runMark(run);
    this.status = statusMark(run);
    this.name = make('h2');
    const pencil = make('button', { type: 'button', class: 'icon-button', title: 'Rename', 'aria-label': 'Rename', hidden: !writable, on: { click: () => this.#rename() } }, [icon(PENCIL)]);
    const close = make('button', { type: 'button', class: 'icon-button', title: 'Close (Escape)', 'aria-label': 'Close', on: { click: () => training.setFocus(null) } }, [icon(CROSS)]);
    this.head = make('div', { class: 'details-head' }, [this.mark, this.name, pencil, close]);
    this.facts = make('dl', { class: 'details-facts' });
    this.tag = make('input', { type: 'text', placeholder: '+ tag', 'aria-label': 'Add a tag', maxLength: 60, hidden: !writable, on: { change: () => this.#addTag() } });
    this.tags = make('div', { class: 'details-tags' }, [this.tag]);
    this.note = make('textarea', { class: 'text-input', rows: 2, placeholder: writable ? 'A note on this run' : 'No note', 'aria-label': 'Note', maxLength: 10000, readOnly: !writable, value: run.note });
    this.#note = { kept: run.note, shown: this.note.value };
    this.note.addEventListener('change', () => this.#keepNote());
    // What came while somebody was in the field.
    this.note.addEventListener('blur', () => this.#run && this.#showNote(this.#run));
    this.checkpointList = new CheckpointList(run.id);
    this.hide = make('button', { type: 'button', class: 'bar-button', on: { click: () => hide([this.#run.id], !this.#run.hidden) } });
    const away = make('button', { type: 'button', class: 'bar-button', text: 'Delete', on: { click: () => remove([this.#run.id]) } });
    for (const part of ['metrics', 'parameters', 'checkpoints', 'source']) this[part] = make('section');
    this.thoughts = make('button', { type: 'button', class: 'quiet details-thoughts', hidden: true, on: { click: () => training.setTab('thoughts') } });
    const line = make('div', { class: 'details-line' }, [this.status, this.thoughts, make('span', { class: 'runs-space' }), ...(writable ? [this.hide, away] : [])]);
    this.element.setAttribute('aria-label', `Run ${run.name}`);
    this.element.replaceChildren(this.head, line, this.facts, this.tags, this.note, this.metrics, this.checkpoints, this.parameters, this.source);
    this.#countThoughts(run.id);
  }

  async #countThoughts(id) {
    const { texts } = await ask('texts', training.address).catch(() => ({ texts: [] }));
    if (this.#run?.id !== id) return;
    const count = texts.filter((text) => text.run === id && text.tag === 'thought').length;
    this.thoughts.hidden = !count;
    this.thoughts.textContent = `${count} ${count === 1 ? 'thought' : 'thoughts'}`;
  }

  #rename() {
    const run = this.#run;
    const input = make('input', { type: 'text', class: 'text-input', value: run.name, maxLength: 200, 'aria-label': 'Name of the run' });
    const end = (keep) => {
      if (!input.isConnected) return;
      const name = input.value.trim();
      input.replaceWith(this.name);
      if (keep) rename(run, name);
    };
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') end(true);
      if (event.key === 'Escape') end(false);
    });
    input.addEventListener('blur', () => end(true));
    this.name.replaceWith(input);
    input.focus();
    input.select();
  }

  #showTags(run) {
    const writable = training.store?.writable ?? false;
    const chips = run.tags.map((tag) => {
      const off = make('button', { type: 'button', 'aria-label': `Take the tag ${tag} off`, title: 'Take it off', text: '×', on: { click: () => tagAll([run.id], tag, false) } });
      return make('span', { class: 'run-tag', title: tag }, [make('span', { text: tag }), ...(writable ? [off] : [])]);
    });
    const had = this.tags.contains(document.activeElement) && document.activeElement !== this.tag;
    // The field stays where it is: the next tag may be half typed.
    while (this.tags.firstChild !== this.tag) this.tags.firstChild.remove();
    this.tag.before(...chips);
    if (had) this.tag.focus();
  }

  async #addTag() {
    const [field, tag] = [this.tag, this.tag.value.trim()];
    if (!tag) return;
    field.value = '';
    if (!(await tagAll([this.#run.id], tag, true)) && !field.value) field.value = tag;
  }

  /** What somebody has typed stays, while it is typed and while it is on its way. */
  #showNote({ note }) {
    const { kept, shown } = this.#note;
    if (note === kept || document.activeElement === this.note) return;
    if (this.note.value === shown) this.note.value = note;
    const isShown = this.note.value.trim() === note.replace(/\r\n?/g, '\n').trim();
    this.#note = { kept: note, shown: isShown ? this.note.value : shown };
  }

  /** Also where another run takes this card before the field is left. */
  #keepNote() {
    if (!this.note.readOnly && this.note.value !== this.#note.shown) annotate(this.#run, this.note.value.trim());
  }

  #showCheckpoints(run) {
    this.checkpointList.show(run.checkpoints);
    const { element } = this.checkpointList;
    if (!element.parentElement) fill(this.checkpoints, '', [element], 1);
    this.checkpoints.hidden = !run.checkpoints.length;
    this.checkpoints.firstElementChild.textContent = `Checkpoints (${run.checkpoints.length})`;
  }
}

function facts(run) {
  const { duration, steps } = run.values;
  const all = [
    ['Started', formatMoment(run.started), formatExactly(run.started)],
    ['Took', formatDuration(duration), ''],
    ['Steps', formatNumber(steps), ''],
    ['Folder', run.folder || '–', ''],
  ];
  return all.map(([name, text, title]) => make('div', { title }, [make('dt', { text: name }), make('dd', { text })]));
}

/** @returns {[string, any, any][]} tag, last, best */
function metricsOf(run) {
  const best = new Map(training.columns.filter(({ source }) => source === 'best').map((column) => [column.tag, run.values[column.name]]));
  return training.columns.filter(({ source }) => source === 'last').map((column) => [column.tag, run.values[column.name], best.get(column.tag)]).filter(([, last]) => last !== null && last !== undefined);
}

function metricTable(metrics) {
  const cell = (value) => make('td', { class: 'number', text: value === undefined || value === null ? '' : formatNumber(value), title: typeof value === 'number' ? String(value) : '' });
  const rows = metrics.map(([tag, last, best]) => make('tr', {}, [make('th', { text: tag, title: tag }), cell(last), cell(best)]));
  const head = make('tr', {}, [make('th', { text: 'tag' }), make('th', { class: 'number', text: 'last' }), make('th', { class: 'number', text: 'best' })]);
  return make('table', {}, [make('thead', {}, [head]), make('tbody', {}, rows)]);
}

function pairs(entries) {
  return make('dl', { class: 'details-pairs' }, entries.flatMap(([name, value]) => [make('dt', { text: name, title: name }), make('dd', { text: formatValue(value) })]));
}

function fill(section, title, content, count) {
  section.hidden = !count;
  section.replaceChildren(make('h3', { text: title }), ...content);
}
