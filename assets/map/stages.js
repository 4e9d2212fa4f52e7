/** The progress of the stages in the header: one bar for what runs, one line for what failed or for a lost server. */
import { make } from '../shared/dom.js';
import { study } from '../shared/study.js';

const LOST = 'The server does not answer; trying again.';

/** @param {HTMLElement} host */
export function buildStages(host) {
  const title = make('span', { class: 'map-progress-title' });
  const amount = make('span', { class: 'map-progress-amount' });
  const fill = make('i');
  const bar = make('div', { class: 'map-progress-bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, [fill]);
  const progress = make('div', { class: 'map-progress', hidden: true }, [make('small', {}, [title, amount]), bar]);
  const line = make('div', { class: 'map-trouble', role: 'status', hidden: true });
  host.replaceChildren(line, progress);
  const update = () => {
    const stages = study.health?.stages ?? [];
    const running = stages.filter((stage) => stage.state === 'running');
    const failed = stages.filter((stage) => stage.state === 'failed');
    const trouble = study.online ? failed.map((stage) => `${stage.title}: ${stage.message}`).join(' ') : LOST;
    line.textContent = trouble;
    line.title = trouble;
    line.hidden = !trouble;
    host.title = stages.map((stage) => `${stage.title}: ${stage.state === 'running' ? percent(stage) : stage.state}`).join('\n');
    progress.hidden = !running.length || !study.online;
    if (!running.length) return;
    title.textContent = running[0].title + (running.length > 1 ? ` +${running.length - 1}` : '');
    amount.textContent = percent(running[0]);
    fill.style.width = percent(running[0]).replace(' ', '');
    bar.setAttribute('aria-valuenow', Math.round(100 * running[0].fraction));
    bar.setAttribute('aria-label', running[0].title);
  };
  study.on('health', update);
  study.on('online', update);
  update();
}

const percent = (stage) => `${Math.round(100 * stage.fraction)} %`;
