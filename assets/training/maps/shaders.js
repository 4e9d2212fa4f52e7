/** The two passes of the painter: which class and how sure, for each pixel; then how that looks. */

export const CORNERS = `
const vec2 AT[4] = vec2[4](vec2(-1., -1.), vec2(1., -1.), vec2(-1., 1.), vec2(1., 1.));
uniform vec4 view; // left, low, right, high
out vec2 place;
void main() {
  gl_Position = vec4(AT[gl_VertexID], 0., 1.);
  place = mix(view.xy, view.zw, AT[gl_VertexID] * 0.5 + 0.5);
}`;

/** Red and green: the class; blue: its probability; alpha: whether there is any. */
export const ANSWER = `
precision highp sampler2DArray;
precision highp usampler2D;
uniform sampler2DArray from;
uniform sampler2DArray to;
uniform usampler2D fromWinners;
uniform usampler2D toWinners;
uniform vec4 fromBox;
uniform vec4 toBox;
uniform int layers;
uniform float share;
uniform bool geometric;
uniform float least;
in vec2 place;
out vec4 answer;

const int NONE = 65535;

vec2 unitOf(vec4 box) { return (place - box.xy) / (box.zw - box.xy); }

bool isWithin(vec2 unit) { return all(greaterThanEqual(unit, vec2(0.))) && all(lessThanEqual(unit, vec2(1.))); }

// Points of the grid lie in the middles of the texels.
vec2 texel(usampler2D winners, vec2 unit) {
  vec2 size = vec2(textureSize(winners, 0));
  return (unit * (size - 1.) + 0.5) / size;
}

float shareOf(sampler2DArray map, vec2 at, int label) { return texture(map, vec3(at, label >> 2))[label & 3]; }

// Of the classes that win at the four points around, the likeliest here: a close second of all of them is none.
int winnerAt(sampler2DArray map, usampler2D winners, vec2 unit) {
  ivec2 last = textureSize(winners, 0) - 1;
  ivec2 low = ivec2(unit * vec2(last));
  vec2 at = texel(winners, unit);
  int winner = NONE;
  float best = -1.;
  for (int k = 0; k < 4; k++) {
    int label = int(texelFetch(winners, min(low + ivec2(k & 1, k >> 1), last), 0).r);
    if (label == NONE || label == winner) continue;
    float found = shareOf(map, at, label);
    if (found > best) {
      best = found;
      winner = label;
    }
  }
  return winner;
}

float mixed(vec2 here, vec2 there, int label) {
  float p = shareOf(from, here, label);
  float q = shareOf(to, there, label);
  return geometric ? pow(max(p, least), 1. - share) * pow(max(q, least), share) : mix(p, q, share);
}

float sumOf(vec2 here, vec2 there) {
  vec4 sum = vec4(0.);
  for (int k = 0; k < layers; k++) {
    vec4 p = max(texture(from, vec3(here, k)), least);
    vec4 q = max(texture(to, vec3(there, k)), least);
    sum += pow(p, vec4(1. - share)) * pow(q, vec4(share));
  }
  return sum.x + sum.y + sum.z + sum.w;
}

void main() {
  vec2 unit = unitOf(fromBox);
  vec2 other = unitOf(toBox);
  answer = vec4(0.);
  if (!isWithin(unit)) return;
  int winner = winnerAt(from, fromWinners, unit);
  if (winner == NONE) return;
  vec2 here = texel(fromWinners, unit);
  float sure = shareOf(from, here, winner);
  if (share > 0. && isWithin(other)) {
    vec2 there = texel(toWinners, other);
    int next = winnerAt(to, toWinners, other);
    if (next == NONE) return;
    sure = mixed(here, there, winner);
    float rival = mixed(here, there, next);
    if (rival > sure) {
      sure = rival;
      winner = next;
    }
    if (geometric) sure /= sumOf(here, there);
  }
  answer = vec4(float(winner & 255) / 255., float(winner >> 8) / 255., sure, 1.);
}`;

export const LOOK = `
uniform sampler2D answers;
uniform sampler2D palette;
uniform sampler2D ramp;
uniform bool regions;
uniform bool shaded;
uniform float classes;
uniform int thick;
uniform vec3 ground;
uniform vec3 ink;
out vec4 color;

int classAt(ivec2 at) {
  ivec2 last = textureSize(answers, 0) - 1;
  vec4 found = texelFetch(answers, clamp(at, ivec2(0), last), 0);
  return found.a < 0.5 ? -1 : int(found.r * 255. + 0.5) + 256 * int(found.g * 255. + 0.5);
}

void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  int mine = classAt(at);
  color = vec4(ground, 1.);
  if (mine < 0) return;
  float chance = 1. / classes;
  float sure = clamp((texelFetch(answers, at, 0).b - chance) / (1. - chance), 0., 1.);
  if (!regions) {
    color = vec4(texture(ramp, vec2(sure, 0.5)).rgb, 1.);
    return;
  }
  vec3 own = texelFetch(palette, ivec2(mine % textureSize(palette, 0).x, 0), 0).rgb;
  color.rgb = mix(ground, own, shaded ? mix(0.1, 0.62, sure) : 0.5);
  // A border is told apart without colours, too.
  int right = classAt(at + ivec2(thick, 0));
  int up = classAt(at + ivec2(0, thick));
  if ((right >= 0 && right != mine) || (up >= 0 && up != mine)) color.rgb = mix(color.rgb, ink, 0.6);
}`;
