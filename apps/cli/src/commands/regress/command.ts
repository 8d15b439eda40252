import { experimentCommand } from '../../experiment/command.js'
import type { Command } from '../../frame/command.js'
import { regressHead } from './settings.js'

export const regressCommand: Command = experimentCommand({
  head: regressHead,
  about: [
    'Fits images or a table with the kernel of an infinitely wide network, predicts samples that it has not seen, with',
    'probabilities or standard deviations, and leaves runs/<id>/ with figures and report.html.',
  ],
  examples: [
    'ntk regress --data mnist --train 2000 --test 1000',
    'ntk regress --table houses.csv --target price --impute median --choose marginal-likelihood',
    'ntk regress --table smooth',
    'ntk regress --table iris.data --target column5 --save iris',
    'ntk regress --model iris --inputs new.csv',
  ],
  extras: {
    model: { help: 'Predict with the model in this folder, which --save has written', placeholder: 'dir' },
    inputs: {
      help: 'With --model: rows to predict, npy, or a table for a model of one',
      placeholder: 'file',
    },
    predictions: {
      help: 'With --model: the CSV file that is written (predictions.csv)',
      placeholder: 'file',
    },
  },
  load: async () => (await import('./experiment.js')).regressExperiment,
  instead: async () => (await import('./predict.js')).predictionRequest,
})
