/**
 * Which tag and which one or two runs are shown: as somebody chose them, else the first that has maps.
 *
 * Events: `change`.
 */
import { make, setOptions } from '../../shared/dom.js';
import { Events } from '../../shared/events.js';
import { inAddress, readAddress } from '../address.js';
import { runOptions } from '../media/runlist.js';
import { training } from '../state.js';

// Runs that are looked through for the first one with maps, and tags of a run.
const LOOKED_THROUGH = 12;

export class Choice extends Events {
  #lists;
  #tag = readAddress('t-map');
  /** @type {(string|null)[]} ids; null is none, or the first one that has maps */
  #runs = parseRuns(readAddress('t-map-runs'));
  #selects;
  #changed;

  /** @param {import('../media/fresh.js').Fresh} lists of maps */
  constructor(lists) {
    super();
    this.#lists = lists;
    this.#selects = ['Run', 'Run beside it'].map((label, k) => {
      const select = make('select', {
        class: 'media-select',
        'aria-label': label,
        title: label,
        on: { change: () => this.#chooseRun(k, select.value || null) },
      });
      return select;
    });
    this.element = make(
      'div',
      { class: 'class-maps-runs' },
      ['run', 'beside'].map((text, k) => make('label', { class: 'media-label' }, [text, this.#selects[k]])),
    );
    this.#changed = inAddress(
      't-map',
      () => this.#tag,
      (tag) => this.#set({ tag }),
    );
    inAddress(
      't-map-runs',
      () => this.#runs.filter(Boolean).join(',') || null,
      (ids) => this.#set({ runs: parseRuns(ids) }),
    );
    if (!this.#runs.some(Boolean)) this.#runs[0] = training.focus;
    training.on('left', () => this.#forget());
    training.on('picked', () => this.#followPicked());
    training.on('focus', () => this.#followFocus());
  }

  /** @param {string} tag chosen by somebody */
  chooseTag(tag) {
    this.#set({ tag });
  }

  /**
   * @param {string[]} tags there are @param {import('../state.js').Run[]} chosen
   * @returns {{tag: string, runs: import('../state.js').Run[]}} one or two
   */
  update(tags, chosen) {
    const [given, beside] = this.#runs.map((id) => chosen.find((run) => run.id === id) ?? null);
    const tag = tags.includes(this.#tag) ? this.#tag : this.#firstTag(tags, given);
    const first = given ?? this.#firstWithMaps(chosen, tag);
    const second = beside === first ? null : beside;
    this.#offer(chosen, tag, first, second);
    return { tag, runs: second ? [first, second] : [first] };
  }

  /** @returns {string} the first under which the chosen run has maps */
  #firstTag(tags, run) {
    const has = (tag) => {
      const { value, failure } = this.#lists.get(run, tag);
      // What is not known yet is waited for.
      return value ? value.maps.length > 0 : !failure;
    };
    return (run && tags.slice(0, LOOKED_THROUGH).find(has)) || tags[0];
  }

  #firstWithMaps(chosen, tag) {
    for (const run of chosen.slice(0, LOOKED_THROUGH)) {
      const { value, failure } = this.#lists.get(run, tag);
      if (!value && !failure) return run;
      if (!value?.maps.length) continue;
      // From now on it is this one, whatever runs begin.
      this.#runs[0] = run.id;
      this.#changed();
      return run;
    }
    return chosen[0];
  }

  #offer(chosen, tag, first, second) {
    const options = runOptions(chosen);
    setOptions(this.#selects[0], options, first.id);
    setOptions(
      this.#selects[1],
      [{ value: '', label: 'none' }, ...options.filter(({ value }) => value !== first.id)],
      second?.id ?? '',
    );
  }

  #chooseRun(k, id) {
    this.#runs[k] = id;
    if (k === 0 && id) training.setFocus(id);
    this.#set({});
  }

  #set({ tag = this.#tag, runs = this.#runs }) {
    this.#tag = tag;
    this.#runs = runs;
    this.#changed();
    this.emit('change');
  }

  #forget() {
    this.#tag = null;
    this.#runs = [null, null];
  }

  #followFocus() {
    const { focus } = training;
    if (!focus || this.#runs.includes(focus) || !training.chosen.some(({ id }) => id === focus)) return;
    this.#set({ runs: [focus, this.#runs[1]] });
  }

  /** Two runs ticked in the table are to be compared. */
  #followPicked() {
    const { chosen, picked } = training;
    if (!picked.size) return;
    this.#set({
      runs: chosen.length === 2 ? chosen.map(({ id }) => id) : this.#runs.map((id) => (picked.has(id) ? id : null)),
    });
  }
}

/** @returns {(string|null)[]} */
const parseRuns = (text) => [...(text ?? '').split(',').map((id) => id || null), null].slice(0, 2);
