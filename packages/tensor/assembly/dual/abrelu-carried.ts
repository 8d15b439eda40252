import { pass } from './abrelu-pass'

/** As `abReluPairs`, of a step that reads the deficits of the one before and needs make none. */
export function abReluLast(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  A: f64,
  B: f64,
  affine: bool,
  positive: bool,
  w: f64,
  c: f64,
): void {
  if (positive) {
    if (!ntk) pass(nngp, 0, deficits, q11, r11, q22, r22, 0, 0, n, A, B, 0, false, false, true, true, false, false, w, c)
    else if (affine) pass(nngp, ntk, deficits, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, true, true, true, false, false, w, c)
    else pass(nngp, ntk, deficits, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, false, true, true, false, false, 1, 0)
  } else if (!ntk) pass(nngp, 0, deficits, q11, r11, q22, r22, 0, 0, n, A, B, 0, false, false, false, true, false, false, w, c)
  else if (affine) pass(nngp, ntk, deficits, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, true, false, true, false, false, w, c)
  else pass(nngp, ntk, deficits, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, false, false, true, false, false, 1, 0)
}

/** A step and the affine layer after it (w, c >= 0) before another step: makes deficits, from those of the step before or from q. */
export function abReluOnward(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  p11: f64,
  p22: usize,
  n: i32,
  A: f64,
  B: f64,
  mirror: f64,
  positive: bool,
  from: bool,
  w: f64,
  c: f64,
): void {
  if (positive) {
    if (ntk) {
      if (c != 0) pass(nngp, ntk, deficits, q11, r11, q22, r22, p11, p22, n, A, B, mirror, true, true, true, true, true, true, w, c)
      else pass(nngp, ntk, deficits, q11, r11, q22, r22, 0, 0, n, A, B, mirror, true, true, true, true, true, false, w, c)
    } else if (c != 0) pass(nngp, 0, deficits, q11, r11, q22, r22, p11, p22, n, A, B, mirror, false, true, true, true, true, true, w, c)
    else pass(nngp, 0, deficits, q11, r11, q22, r22, 0, 0, n, A, B, mirror, false, true, true, true, true, false, w, c)
  } else if (from) {
    if (ntk) {
      if (c != 0) pass(nngp, ntk, deficits, q11, r11, q22, r22, p11, p22, n, A, B, mirror, true, true, false, true, true, true, w, c)
      else pass(nngp, ntk, deficits, q11, r11, q22, r22, 0, 0, n, A, B, mirror, true, true, false, true, true, false, w, c)
    } else if (c != 0) pass(nngp, 0, deficits, q11, r11, q22, r22, p11, p22, n, A, B, mirror, false, true, false, true, true, true, w, c)
    else pass(nngp, 0, deficits, q11, r11, q22, r22, 0, 0, n, A, B, mirror, false, true, false, true, true, false, w, c)
  } else {
    if (ntk) {
      if (c != 0) pass(nngp, ntk, deficits, q11, r11, q22, r22, p11, p22, n, A, B, mirror, true, true, false, false, true, true, w, c)
      else pass(nngp, ntk, deficits, q11, r11, q22, r22, 0, 0, n, A, B, mirror, true, true, false, false, true, false, w, c)
    } else if (c != 0) pass(nngp, 0, deficits, q11, r11, q22, r22, p11, p22, n, A, B, mirror, false, true, false, false, true, true, w, c)
    else pass(nngp, 0, deficits, q11, r11, q22, r22, 0, 0, n, A, B, mirror, false, true, false, false, true, false, w, c)
  }
}
