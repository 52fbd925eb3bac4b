/** Where the API begins. */
export const API_PATH = 'acme_orders/api/v1';
/** Where the pages of operators begin. */
export const ADMIN_PATH = 'acme_orders/admin';
/** Where Bull Board is. */
export const QUEUES_PATH = `${ADMIN_PATH}/queues`;
