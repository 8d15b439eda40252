/** A piece of the device's memory, which several tensors may share. It is given back when the last lets go. */
export class DeviceMemory {
  readonly address: bigint
  readonly bytes: number
  readonly #free: (memory: DeviceMemory) => void
  #holders = 1

  constructor(address: bigint, bytes: number, free: (memory: DeviceMemory) => void) {
    this.address = address
    this.bytes = bytes
    this.#free = free
  }

  hold(): this {
    this.#holders++
    return this
  }

  release(): void {
    this.#holders--
    if (this.#holders === 0) this.#free(this)
  }
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

/** 1536 is '1.5 KiB'. */
export function inUnits(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const amount = bytes / 1024 ** power
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power]}`
}
