/** The address of the service when nothing is said. */

/** Where `serve` listens unless told otherwise. */
export const defaultServiceUrl = 'http://127.0.0.1:7420';
