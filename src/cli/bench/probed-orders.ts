/** Orders with the ids from 1 that are stored before a run and looked up during it. */
export const PROBED_ORDERS = 100;
