/** Where the API begins. */
export const API_PATH = 'acme_orders/api/v1';
