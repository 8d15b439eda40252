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
  let [amount, power] = [bytes, 0]
  // what rounds to 1024.0 is 1.0 of the next
  for (; amount >= 1023.95 && power < units.length - 1; power++) amount /= 1024
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power]}`
}
