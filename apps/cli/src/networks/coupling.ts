/** Up to this many training outputs the closed form takes apart the kernel of all pairs of them. */
const coupledLimit = 4096

/** Whether the closed form couples outputs, as a finite network does, or takes the mean kernel for each. */
export function couplesOutputs(train: number, outputs: number): boolean {
  return train * outputs <= coupledLimit
}
