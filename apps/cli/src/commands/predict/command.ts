import { type Command, defineCommand } from '../../frame/command.js'
import { predictSettings } from './settings.js'

export const predictCommand: Command = defineCommand({
  name: 'predict',
  brief: 'Predict training in closed form or under cross-entropy, from kernels or from data and a network',
  about: [
    'Outputs of networks through training on the squared loss, in closed form: at given times on training and test points,',
    'with standard deviations over initializations where the NNGP is known. Kernels come from npy or npz files, or from',
    'a data set and a network, infinitely wide or (--of network) one of finite width. Under cross-entropy (--loss) the equation',
    'of one network is integrated: its outputs are logits, with the probabilities of the classes beside them. Writes npz, csv or npy.',
  ],
  examples: [
    'ntk predict --data mnist --train 500 --test 200 --times 0,100,10000,inf --out predictions.npz',
    'ntk predict --kernels kernels.npz --times 1,10,100 --learning-rate 0.5 --out predictions.csv',
    'ntk predict --ntk-train-train k.npy --ntk-test-train c.npy --y-train y.npy --times inf --out mean.npy',
    'ntk predict --get nngp --times inf --diag-reg 0.01',
    'ntk predict --of network --hidden 512 --dynamics steps --times 0,10,100',
    'ntk predict --of network --weight-decay 0.01 --decay-to zero',
    'ntk predict --level 0.95 --out predictions.csv',
    'ntk predict --loss cross-entropy --hidden 512 --times 0,10,100',
  ],
  settings: predictSettings,
  load: async () => (await import('./run.js')).preparePredict,
})
