/** The boxes at the left of the table: one a row, and one above them for all rows at once. */
import { make } from '../../shared/dom.js';

export class CheckCell {
  init(params) {
    // The grid moves the focus between cells; the space bar checks the row of whichever has it.
    this.element = make('input', { type: 'checkbox', class: 'table-check', tabIndex: -1 });
    this.element.addEventListener('click', (event) => params.checks.click(this.params.node.rowIndex, this.params.data?.index, event));
    this.refresh(params);
  }

  getGui() {
    return this.element;
  }

  refresh(params) {
    this.params = params;
    const index = params.data?.index;
    this.element.disabled = index === undefined;
    this.element.checked = index !== undefined && params.checks.has(index);
    this.element.setAttribute('aria-label', index === undefined ? 'Not read yet' : `Select image ${index}`);
    return true;
  }
}

export class CheckHeader {
  init({ checks }) {
    this.element = make('input', { type: 'checkbox', class: 'table-check', 'aria-label': 'Select all rows', title: 'Select all rows, or none' });
    this.element.addEventListener('click', (event) => {
      // What it shows follows from the selection, which is not made yet.
      event.preventDefault();
      if (checks.state === 'all') checks.clear();
      else checks.selectAll();
    });
    const show = () => {
      this.element.indeterminate = checks.state === 'some';
      this.element.checked = checks.state === 'all';
    };
    this.offs = ['change', 'count'].map((event) => checks.on(event, () => setTimeout(show)));
    show();
  }

  getGui() {
    return this.element;
  }

  refresh() {
    return true;
  }

  destroy() {
    this.offs.forEach((off) => off());
  }
}
