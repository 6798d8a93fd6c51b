import { describe, expect, test } from 'vitest';
import { readVersionFile } from '../../../release/settings/read-version-file.ts';
import { refusalOfPromise } from './expect-fault.ts';

const read = (path: string, text: string) => readVersionFile(path, async () => text);

const cargo = `
# [package]
[package]
name = "app" # version = "0.0.0"
description = """
version = "6.6.6"
"""
"version" = '1.2.3' # of the package

[dependencies]
version = "9.9.9"
[[bin]]
version = "8.8.8"
`;
const workspace = '[package]\nname = "app"\nversion.workspace = true\n[workspace.package]\nversion = "2.0.0"\n';
const poetry = '[build-system]\nrequires = ["poetry"]\n[ tool . poetry ]\nversion = "3.1.4"\n';
const chart = 'apiVersion: v2\nname: app\nversion: 0.9.0\nappVersion: "1.16.0"\n';

describe('a file', () => {
  test.each([
    ['package.json', '{"name": "app", "version": "1.2.3"}', '1.2.3'],
    ['web/package.json', '{"version": " 1.2.3 "}', '1.2.3'],
    ['composer.json#extra.release', '{"version": "0.0.0", "extra": {"release": "1.2.3"}}', '1.2.3'],
    ['charts/app/Chart.yaml', chart, '0.9.0'],
    ['charts/app/Chart.yaml#appVersion', chart, '1.16.0'],
    ['Cargo.toml', cargo, '1.2.3'],
    ['Cargo.toml', workspace, '2.0.0'],
    ['pyproject.toml', '[project]\r\nversion = "1.2.3"\r\n', '1.2.3'],
    ['pyproject.toml', poetry, '3.1.4'],
    ['Cargo.toml#dependencies.version', cargo, '9.9.9'],
    ['Cargo.toml', 'package.version = "1.2.3"', '1.2.3'],
    ['VERSION', '\n  v1.2.3  \nfirst line only\n', 'v1.2.3'],
    ['version.txt', '1.2.3', '1.2.3'],
  ])('%s has its version', async (path, text, version) => {
    expect(await read(path, text)).toBe(version);
  });

  test.each([
    ['package.json', 'that is no JSON', '{'],
    ['package.json', 'without a version', '{"name": "app"}'],
    ['package.json', 'whose version is a number', '{"version": 1.1}'],
    ['package.json', 'that is null', 'null'],
    ['Chart.yaml', 'whose version YAML reads as a number', 'version: 1.10'],
    ['Chart.yaml', 'that is no YAML', 'version: "1.2.3'],
    ['Cargo.toml', 'without a version', '[package]\nname = "app"\n'],
    ['pyproject.toml', 'whose version comes from elsewhere', '[project]\ndynamic = ["version"]\n'],
    ['Cargo.toml', 'whose version is a table', '[package]\nversion = { workspace = true }\n'],
    ['package.json#constructor', 'asked for what objects inherit', '{"version": "1.2.3"}'],
    ['VERSION', 'that is empty', '\n \n'],
  ])('%s %s is refused', async (path, _why, text) => {
    await refusalOfPromise(read(path, text));
  });

  test('that cannot be read is refused', async () => {
    await refusalOfPromise(readVersionFile('VERSION', () => Promise.reject(new Error('no such file'))));
  });

  test('is read by its name without the key', async () => {
    const paths: string[] = [];
    await readVersionFile('a/Chart.yaml#appVersion', async (path) => {
      paths.push(path);
      return chart;
    });
    expect(paths).toEqual(['a/Chart.yaml']);
  });
});
