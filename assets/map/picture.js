/** The last full picture of very many points, drawn in slices over several frames, and moved as a texture meanwhile. */
import { compile, makeTexture } from './gl.js';

const SLICE = 60000;

const VERTEX = `
uniform vec2 offset, stretch;
out vec2 place;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  place = corner;
  gl_Position = vec4((corner * 2.0 - 1.0) * stretch + offset, 0.0, 1.0);
}`;

const FRAGMENT = `
uniform sampler2D picture;
in vec2 place;
out vec4 pixel;
void main() { pixel = vec4(texture(picture, place).rgb, 1.0); }`;

export class Picture {
  #gl;
  #shader;
  #arrays;
  #target;
  #texture = null;
  #size = [0, 0];
  #done = 0;
  #total = Infinity;
  /** What the picture shows: a token of the data and a view; null when it shows nothing. */
  #token = null;
  #view = null;

  constructor(gl) {
    this.#gl = gl;
    this.#shader = compile(gl, VERTEX, FRAGMENT);
    this.#arrays = gl.createVertexArray();
    this.#target = gl.createFramebuffer();
  }

  #shows(token, camera) {
    const view = this.#view;
    return this.#token === token && view && view.x === camera.view.x && view.y === camera.view.y && view.k === camera.view.k;
  }

  /** Whether the finished picture is of this very view. */
  isComplete(token, camera) {
    return this.#shows(token, camera) && this.#done >= this.#total;
  }

  /**
   * Draws one more slice.
   * @param {object} token changes whenever data or style do
   * @param {() => void} clear paints what lies under the points
   */
  advance(token, look, points, clear) {
    const gl = this.#gl;
    if (!this.#shows(token, look.camera)) this.#begin(token, look, points.counts.full, clear);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target);
    points.draw(look, 'full', this.#done, Math.min(SLICE, this.#total - this.#done));
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    this.#done += SLICE;
  }

  #begin(token, look, total, clear) {
    const gl = this.#gl;
    const size = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#target);
    if (size[0] !== this.#size[0] || size[1] !== this.#size[1]) {
      gl.deleteTexture(this.#texture);
      this.#texture = makeTexture(gl, size[0], size[1], gl.LINEAR);
      this.#size = size;
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.#texture, 0);
    }
    clear();
    this.#token = token;
    this.#view = { ...look.camera.view };
    this.#done = 0;
    this.#total = total;
  }

  /** Whether the finished picture is of these data, and not so far from its own scale as to be mush or a stamp. */
  isUsable(token, camera) {
    if (this.#token !== token || this.#done < this.#total) return false;
    const stretch = camera.view.k / this.#view.k;
    return stretch < 2.5 && stretch > 0.4;
  }

  /** Shows the picture where it lies in the present view. */
  show(camera) {
    const gl = this.#gl;
    const stretch = camera.view.k / this.#view.k;
    const [x, y] = camera.toScreen(this.#view.x, this.#view.y);
    gl.useProgram(this.#shader.program);
    gl.uniform2f(this.#shader.at.stretch, stretch, stretch);
    gl.uniform2f(this.#shader.at.offset, (2 * x) / camera.width - 1, 1 - (2 * y) / camera.height);
    gl.disable(gl.BLEND);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.bindVertexArray(this.#arrays);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
  }
}
