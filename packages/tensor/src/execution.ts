import type { Aval } from './aval.js'
import type { Backend, BackendBuffer } from './backend.js'
import { defaultBackend } from './default-backend.js'
import type { Donation } from './donation.js'
import { NtkError } from './errors.js'
import { Tensor } from './tensor.js'

function mixed(name: string, a: Backend, b: Backend): NtkError {
  return new NtkError('backend', {
    what: `${name} needs tensors on one backend.`,
    got: `${a.name} and ${b.name}`,
    fix: 'Move one with `await toBackend(x, backend)`.',
  })
}

/**
 * One call of a backend: checks that the inputs still have their memory, moves constants to where the others are, makes tensors of
 * the buffers that come back, and uses up what was given away.
 */
export class Execution {
  /** The one of the inputs; constants that nobody put anywhere follow the others. */
  readonly backend: Backend
  /** Whether all inputs are on the backend already. */
  readonly here: boolean
  #moved: Tensor[] | null = null
  readonly #follows: boolean

  constructor(
    readonly name: string,
    readonly inputs: readonly Tensor[],
    readonly donation: Donation | null,
  ) {
    let backend: Backend | null = null
    let here = true
    let follows = true
    for (const x of inputs) {
      Tensor.check(name, x)
      if (Tensor.follows(x)) continue
      follows = false
      if (backend !== null && x.backend !== backend) throw mixed(name, backend, x.backend)
      backend = x.backend
    }
    backend ??= inputs[0]?.backend ?? defaultBackend()
    for (const x of inputs) if (x.backend !== backend) here = false
    this.backend = backend
    this.here = here
    this.#follows = follows
  }

  /** The input on the backend: itself, or a copy where it is a constant from elsewhere. */
  local(x: Tensor): Tensor {
    if (x.backend === this.backend) return x
    const data = x.backend.readSync(x)
    if (data === null) throw mixed(this.name, x.backend, this.backend)
    const { shape, dtype } = x
    const copy = new Tensor(this.backend, this.backend.upload(data.slice(), shape, dtype), shape, dtype)
    this.#moved ??= []
    this.#moved.push(copy)
    return copy
  }

  /** An output as a tensor. One that is an input's very buffer shares it, unless the backend took it. */
  made({ shape, dtype }: Aval, buffer: BackendBuffer): Tensor {
    return new Tensor(this.backend, buffer, shape, dtype, this.#sharing(buffer), this.#follows)
  }

  #sharing(buffer: BackendBuffer): Tensor | null {
    const { inputs, donation } = this
    for (let place = 0; place < inputs.length; place++) {
      const x = inputs[place] as Tensor
      if (x.buffer === buffer && donation?.taken(place) !== true) return x
    }
    return this.#moved?.find((x) => x.buffer === buffer) ?? null
  }

  /** After the outputs were made, or where the backend gave none. */
  end(done: boolean): void {
    if (this.#moved !== null) for (const x of this.#moved) x.dispose()
    if (done && this.donation !== null) giveAway(this.inputs, this.donation)
  }

  /** Where the backend threw: what it had taken may be half written and is used up, the rest is the caller's as before. */
  fail(): void {
    this.end(false)
    this.inputs.forEach((x, place) => {
      if (this.donation?.taken(place) === true) Tensor.giveAway(x, true)
    })
  }
}

/** Uses up what was given away: the backend's where it took it, else freed. */
export function giveAway(inputs: readonly unknown[], donation: Donation): void {
  for (const place of donation.places) {
    const x = inputs[place]
    if (Tensor.isInstance(x)) Tensor.giveAway(x, donation.taken(place))
  }
}
