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

/** The one backend of the tensors; constants that nobody put anywhere follow the others. */
function commonBackend(name: string, inputs: readonly Tensor[]): Backend {
  let found: Backend | null = null
  for (const x of inputs) {
    if (x.backend === found || Tensor.follows(x)) continue
    if (found !== null) throw mixed(name, found, x.backend)
    found = x.backend
  }
  return found ?? inputs[0]?.backend ?? defaultBackend()
}

/**
 * One call of a backend: checks that the inputs still have their memory, moves constants to where the others are, makes tensors of
 * the buffers that come back, and uses up what was given away.
 */
export class Execution {
  readonly backend: Backend
  /** Whether all inputs are on the backend already. */
  readonly here: boolean
  readonly #moved: Tensor[] = []
  readonly #follows: boolean

  constructor(
    readonly name: string,
    readonly inputs: readonly Tensor[],
    readonly donation: Donation | null,
  ) {
    for (const x of inputs) Tensor.check(name, x)
    this.backend = commonBackend(name, inputs)
    this.here = inputs.every((x) => x.backend === this.backend)
    this.#follows = inputs.every(Tensor.follows)
  }

  /** The input on the backend: itself, or a copy where it is a constant from elsewhere. */
  local(x: Tensor): Tensor {
    if (x.backend === this.backend) return x
    const data = x.backend.readSync(x)
    if (data === null) throw mixed(this.name, x.backend, this.backend)
    const { shape, dtype } = x
    const copy = new Tensor(this.backend, this.backend.upload(data.slice(), shape, dtype), shape, dtype)
    this.#moved.push(copy)
    return copy
  }

  /** An output as a tensor. One that is an input's very buffer shares it, unless the backend took it. */
  made({ shape, dtype }: Aval, buffer: BackendBuffer): Tensor {
    const follows = this.#follows
    const place = this.inputs.findIndex((x) => x.buffer === buffer)
    const shared = place >= 0 && this.donation?.taken(place) !== true ? this.inputs[place] : undefined
    const source = shared ?? this.#moved.find((x) => x.buffer === buffer) ?? null
    return new Tensor(this.backend, buffer, shape, dtype, { source, follows })
  }

  /** After the outputs were made, or where the backend gave none. */
  end(done: boolean): void {
    for (const x of this.#moved) x.dispose()
    if (done && this.donation !== null) giveAway(this.inputs, this.donation)
  }
}

/** Uses up what was given away: the backend's where it took it, else freed. */
export function giveAway(inputs: readonly unknown[], donation: Donation): void {
  for (const place of donation.places) {
    const x = inputs[place]
    if (Tensor.isInstance(x)) Tensor.giveAway(x, donation.taken(place))
  }
}
