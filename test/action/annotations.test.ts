/** Annotations: no more than GitHub shows, and nothing lost. */
import { expect, test } from 'vitest';
import { type Annotation, openAnnotations } from '../../action/annotations.ts';

function open() {
  const issued: Annotation[] = [];
  const said: string[] = [];
  const annotations = openAnnotations({ issue: (one) => issued.push(one), say: (text) => said.push(text) });
  return { annotations, issued, said };
}

test('ten of a kind are issued, the tenth says that there are more, and the log has what is left', () => {
  const { annotations, issued, said } = open();
  for (let at = 1; at <= 12; at += 1)
    annotations.add({ kind: 'warning', message: `w${at}`, file: 'Dockerfile', line: at });
  expect(issued).toHaveLength(10);
  expect(issued.slice(0, 9).map(({ message }) => message)).toEqual([
    'w1',
    'w2',
    'w3',
    'w4',
    'w5',
    'w6',
    'w7',
    'w8',
    'w9',
  ]);
  expect(issued[9]).not.toHaveProperty('file');
  expect(said).toEqual(['warning: Dockerfile:10: w10', 'warning: Dockerfile:11: w11', 'warning: Dockerfile:12: w12']);
});

test('each kind has its own ten', () => {
  const { annotations, issued } = open();
  for (let at = 0; at < 20; at += 1) annotations.add({ kind: 'warning', message: 'w' });
  annotations.add({ kind: 'error', message: 'e', title: 't' });
  expect(issued.at(-1)).toEqual({ kind: 'error', message: 'e', title: 't' });
});
