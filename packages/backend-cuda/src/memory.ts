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
