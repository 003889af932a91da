export { createPhoneBook, type PhoneBook } from './adapters/phone.ts';
export { demoDoors } from './routes.ts';
export { createDemo, type Demo, type DemoKeys } from './service.ts';
