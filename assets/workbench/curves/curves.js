/** The page of curves: precision and recall, ROC, reliability, a threshold, and the figures of every class. */
import { Refusal } from '../../shared/ask.js';
import { onThemeChange } from '../../shared/colors.js';
import { icon, make } from '../../shared/dom.js';
import { attachMenu } from '../../shared/menu.js';
import { loadPlotly } from '../../shared/plotly.js';
import { whenMeasured } from '../../shared/queries.js';
import { whileShown } from '../lazily.js';
import { loadOnceThere, whenShown } from '../stage.js';
import { CurveView } from './curveview.js';
import { fetchFigures, fetchLines } from './data.js';
import { ReliabilityView } from './reliability.js';
import { ReportTable } from './report.js';
import { Choice } from './choice.js';
import { ThresholdCard } from './threshold.js';

const WAITING = 'The curves will appear here, once every image has been passed through the network.';
const NOTHING = 'The network answers every labelled image with NaN: there is nothing to rank.';
const FAILED = 'The curves could not be loaded. Load the page anew to try again.';
const POLL_MS = 400;
const SAVE = 'M8 2.500v7.500M4.8 7 8 10.2 11.2 7M3 13.200h10';

/** @param {HTMLElement} host */
export function build(host) {
  const waiting = make('p', { class: 'waiting', text: WAITING });
  host.append(waiting);
  const say = (sentence) => {
    waiting.textContent = sentence;
    host.replaceChildren(waiting);
  };
  // Not awaited: other modules do not wait until somebody opens this page.
  Promise.all([whenShown('curves'), whenMeasured()]).then(async () => {
    try {
      const [figures, lines] = await loadOnceThere(() => load(host), say);
      host.replaceChildren();
      await new CurvesPage(host, figures, lines).show();
    } catch (error) {
      say(error instanceof Refusal ? error.message : FAILED);
      if (!(error instanceof Refusal)) reportError(error);
    }
  });
}

async function load(host) {
  const figures = await figuresOnceDone(host);
  if (!figures.images) throw new Refusal(NOTHING, 404);
  const [lines] = await Promise.all([fetchLines(), loadPlotly()]);
  return [figures, lines];
}

async function figuresOnceDone(host) {
  const bar = make('progress', { max: 1, 'aria-label': 'Progress of the curves' });
  const shown = make('p', { class: 'waiting curves-progress' }, [document.createTextNode('Ranking the images, class by class '), bar]);
  for (;;) {
    const { state, message, fraction, figures } = await fetchFigures();
    if (state === 'failed') throw new Refusal(message, 500);
    if (state === 'done') return figures;
    bar.value = fraction;
    if (!shown.isConnected) host.replaceChildren(shown);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

class CurvesPage {
  #views;

  /** @param {HTMLElement} host @param {object} figures @param {Map<number, import('./data.js').Line>} lines */
  constructor(host, figures, lines) {
    const choice = new Choice(figures, lines);
    const corner = make('button', { type: 'button', class: 'quiet curves-corner', text: 'corner', title: 'Show only the corner in which the curves turn' });
    const curves = [new CurveView('recall', choice), new CurveView('roc', choice)];
    const reliability = new ReliabilityView(choice);
    const parts = [...curves, reliability];
    const report = new ReportTable(choice);
    this.#views = parts;
    host.closest('.panel').append(make('div', { class: 'stage-tools' }, [corner, ...saveButton(parts)]));
    host.append(
      make('div', { class: 'curves-charts' }, parts.map((part) => part.element)),
      make('div', { class: 'curves-figures' }, [new ThresholdCard(choice).element, report.element]),
    );
    report.reveal();
    this.#followCorner(corner, curves);
    onThemeChange(whileShown('curves', () => this.show()));
    choice.begin();
  }

  async show() {
    await Promise.all(this.#views.map((view) => view.draw()));
  }

  #followCorner(button, curves) {
    let on = curves.some((view) => view.isSqueezed);
    const follow = () => {
      button.setAttribute('aria-pressed', String(on));
      curves.forEach((view) => view.zoom(on));
    };
    button.addEventListener('click', () => {
      on = !on;
      follow();
    });
    follow();
  }
}

function saveButton(parts) {
  const save = make('button', { type: 'button', class: 'map-tool', title: 'Save a chart', 'aria-label': 'Save a chart' }, [icon(SAVE)]);
  const entries = parts.flatMap(({ id, title }) => ['png', 'svg'].map((format) => (
    { label: `${title} as ${format.toUpperCase()}`, attributes: { 'data-plot': id, 'data-format': format } }
  )));
  return [save, attachMenu(save, entries)];
}
