/** A budget whose account is looked up when the first request comes. */
import { abortable } from '../oci/client/wire/abortable.ts';
import type { RequestBudget } from '../oci/client/wire/request-budget.ts';

/** The budget; news that come before anybody has taken a request are nobody's. */
export function openLateBudget(open: () => Promise<RequestBudget>): RequestBudget {
  let opened: Promise<RequestBudget> | undefined;
  return {
    async take(requestClass, priority, signal) {
      opened ??= open();
      await (await abortable(opened, signal)).take(requestClass, priority, signal);
    },
    note(news) {
      void opened?.then((budget) => budget.note(news));
    },
  };
}
