/** The card of the confusion matrix: what it shows, how, and the pairs of classes confused most. */
import { css, onThemeChange, themeColor } from '../../shared/colors.js';
import { make } from '../../shared/dom.js';
import { hub } from '../../shared/hub.js';
import { loadPlotly } from '../../shared/plotly.js';
import { applyQuery, wantedQuery, whenMeasured } from '../../shared/queries.js';
import { study } from '../../shared/study.js';
import { cellOf, describeCell, fetchMatrix, fetchOrder, percent, queryOf } from './data.js';
import { MatrixView } from './matrixview.js';
import { loadOnceThere, maximiseButton, whenShown } from '../stage.js';

// A longer list is no longer read.
const PAIRS = 200;
// Letters: two such names need a wider list.
const LONG = 5;

const WAITING = 'The confusion matrix will appear here, once every image has been passed through the network.';
const KEYS = 'Confusion matrix, label in rows, prediction in columns. Arrow keys move, Enter selects the images of a cell.';

/** @param {HTMLElement} host */
export function build(host) {
  const waiting = make('p', { class: 'waiting', text: WAITING });
  host.append(waiting);
  // Not awaited: other modules do not wait until somebody opens this page.
  Promise.all([whenShown('confusion'), whenMeasured()]).then(async () => {
    try {
      const load = () => Promise.all([fetchMatrix(), loadPlotly()]);
      const [matrix] = await loadOnceThere(load, (sentence) => { waiting.textContent = sentence; });
      waiting.remove();
      await new ConfusionCard(host, matrix).show();
    } catch (error) {
      waiting.textContent = 'The confusion matrix could not be loaded. Load the page anew to try again.';
      host.replaceChildren(waiting);
      reportError(error);
    }
  });
}

class ConfusionCard {
  #matrix;
  #order;
  #similar = null;
  #shares = false;
  #view;
  #said = make('p', { class: 'confusion-said', role: 'status' });
  #least = make('span');
  #most = make('span');
  #ramp = make('i');
  #whole = make('button', { type: 'button', class: 'quiet', text: 'whole matrix', title: 'Show the whole matrix (0, or double click)', hidden: true });
  #pairs = make('ol', { class: 'confusion-list' });

  constructor(host, matrix) {
    this.#matrix = matrix;
    this.#order = Array.from({ length: matrix.classes }, (_, k) => k);
    const plot = make('div', { class: 'confusion-plot', id: 'confusion-plot', tabIndex: 0, role: 'application', 'aria-label': KEYS });
    const legend = make('span', { class: 'confusion-legend' }, [this.#least, this.#ramp, this.#most]);
    host.append(
      this.#makeTools(host.closest('.panel')),
      make('div', { class: `confusion-body${this.#hasLongNames() ? ' confusion-long' : ''}` }, [
        plot,
        make('div', { class: 'confusion-pairs' }, [make('h3', { text: 'Most confused' }), this.#pairs]),
      ]),
      make('div', { class: 'confusion-foot' }, [this.#said, this.#whole, legend, ...saveButtons()]),
    );
    this.#view = new MatrixView(plot);
    this.#view.onPick = (cell) => this.#pick(cell);
    this.#view.onPoint = (cell) => this.#say(cell);
    this.#view.onZoom = (isPart) => { this.#whole.hidden = !isPart; };
    this.#whole.addEventListener('click', () => this.#view.reset());
    hub.on('query', () => this.#follow());
    onThemeChange(() => this.#drawAll());
  }

  async show() {
    await this.#drawAll();
    this.#follow();
  }

  #makeTools(panel) {
    const cells = select('Cells show', [['counts', 'counts'], ['shares', 'shares of the label']], (value) => {
      this.#shares = value === 'shares';
      this.#drawAll();
    });
    const order = select('Order of the classes', [['given', 'as given'], ['similar', 'similar ones together']], (value) => this.#sort(value, order));
    const tools = [cells, ...(this.#matrix.classes > 2 ? [order] : []), maximiseButton(panel, 'the matrix')];
    return make('div', { class: 'stage-tools' }, tools);
  }

  #hasLongNames() {
    return Array.from({ length: this.#matrix.classes }, (_, k) => study.className(k)).some((name) => name.length > LONG);
  }

  /** @param {'given'|'similar'} value @param {HTMLSelectElement} chosen where another order may be chosen meanwhile */
  async #sort(value, chosen) {
    if (value === 'similar' && !this.#similar) {
      const found = await fetchOrder().catch(({ message }) => ({ message }));
      if (chosen.value !== value) return;
      if (found.message) {
        chosen.value = 'given';
        this.#said.textContent = found.message;
        return;
      }
      this.#similar = found;
    }
    this.#order = value === 'similar' ? this.#similar : Array.from(this.#order, (_, k) => k);
    this.#drawAll();
  }

  async #drawAll() {
    const names = Array.from({ length: this.#matrix.classes }, (_, k) => study.className(k));
    await this.#view.show({ matrix: this.#matrix, order: this.#order, shares: this.#shares, names });
    this.#drawLegend();
    this.#listPairs();
    this.#say(null);
  }

  #drawLegend() {
    const { peak } = this.#view;
    const stops = [0, 1, 2].map((k) => css(themeColor(this.#ramp, `--confused-${k}`)));
    this.#ramp.style.background = `linear-gradient(to right, ${stops})`;
    this.#least.textContent = this.#shares ? '0 %' : '0';
    this.#most.textContent = this.#shares ? `${percent(peak)} %` : peak.toLocaleString('en');
    this.#ramp.parentElement.hidden = this.#matrix.mistakes.length === 0;
  }

  #listPairs() {
    const { mistakes } = this.#matrix;
    const share = ({ label, predicted }) => this.#matrix.share(label, predicted);
    const sorted = this.#shares ? [...mistakes].sort((a, b) => share(b) - share(a)) : mistakes;
    const text = (pair) => (this.#shares ? `${percent(share(pair))} %` : pair.count.toLocaleString('en'));
    this.#pairs.replaceChildren(...sorted.slice(0, PAIRS).map((pair) => this.#makePair(pair, text(pair))));
    if (!mistakes.length) this.#pairs.replaceChildren(make('li', { class: 'waiting', text: 'No image is predicted wrong.' }));
    if (mistakes.length > PAIRS) this.#pairs.append(make('li', { class: 'waiting', text: `and ${(mistakes.length - PAIRS).toLocaleString('en')} more pairs` }));
  }

  #makePair(pair, value) {
    const words = describeCell(this.#matrix, pair);
    const name = (value) => breakable(study.className(value));
    const names = [make('span', { text: name(pair.label) }), make('span', { class: 'bad', text: `→ ${name(pair.predicted)}` })];
    const button = make('button', { type: 'button', title: words, 'aria-label': words, 'data-query': queryOf(pair.label, pair.predicted) }, [
      make('span', { class: 'confusion-names' }, names),
      make('b', { text: value }),
    ]);
    this.#press(button);
    return make('li', {}, [button]);
  }

  #press(button) {
    button.setAttribute('aria-pressed', String(button.dataset.query === normalise(hub.query)));
  }

  /** Selects a cell's images by a query; the cell that is selected already, or about to be, not any more. */
  async #pick({ label, predicted }) {
    const query = queryOf(label, predicted);
    try {
      await applyQuery(query === normalise(wantedQuery()) ? '' : query);
    } catch (error) {
      hub.emit('mistake', { query, error });
    }
  }

  /** Frames the cell that the query is about. */
  #follow() {
    this.#view.select(this.#selected());
    for (const button of this.#pairs.querySelectorAll('button')) this.#press(button);
    this.#say(null);
  }

  /** A cell in words; without one, the selected cell, or all of them. */
  #say(cell) {
    const told = cell ?? this.#selected();
    const wrong = this.#matrix.mistakes.reduce((sum, { count }) => sum + count, 0);
    const labelled = this.#matrix.labelled.reduce((sum, count) => sum + count, 0);
    const all = `${wrong.toLocaleString('en')} of ${labelled.toLocaleString('en')} images${labelled < study.n ? ' with a label' : ''} wrong`;
    this.#said.textContent = this.#said.title = told ? describeCell(this.#matrix, told) : all;
  }

  /** @returns {import('./matrixview.js').Cell|null} the cell, row or column that the query is about */
  #selected() {
    const cell = cellOf(hub.query);
    const inside = (value) => value === null || value < this.#matrix.classes;
    return cell && inside(cell.label) && inside(cell.predicted) ? cell : null;
  }
}

/** Lets a line of a narrow column end within a name: "aquarium_" and "fish". */
const breakable = (name) => name.replace(/[_/.-]+/g, '$&\u200b');

function saveButtons() {
  return ['svg', 'png'].map((format) => {
    const name = format.toUpperCase();
    return make('button', { type: 'button', class: 'quiet', text: name, title: `Save the matrix as ${name}`, 'data-plot': 'confusion-plot', 'data-format': format });
  });
}

const normalise = (query) => {
  const cell = cellOf(query);
  return cell ? queryOf(cell.label, cell.predicted) : '';
};

/** @param {string} label @param {[string, string][]} options value and text @param {(value: string) => void} listener */
function select(label, options, listener) {
  const nodes = options.map(([value, text]) => make('option', { value, text }));
  return make('select', { class: 'map-select', 'aria-label': label, title: label, on: { change: (event) => listener(event.target.value) } }, nodes);
}
