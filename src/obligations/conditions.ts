export { elevenConditions, standardConditions } from '../register/standard-conditions.ts';
