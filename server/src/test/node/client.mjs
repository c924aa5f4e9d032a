// Asks a server as OpenAI's client does: node client.mjs BASE_URL KEY TEXT. Prints the vector that it asked for in base64, as it does by
// itself, and that in numbers, then what it shows of an error.
import OpenAI from 'openai';

const [baseURL, apiKey, input] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const byDefault = await client.embeddings.create({ model: 'tiny', input });
const inNumbers = await client.embeddings.create({ model: 'tiny', input: [input], encoding_format: 'float' });
console.log(JSON.stringify(byDefault.data[0].embedding));
console.log(JSON.stringify(inNumbers.data[0].embedding));
try {
  await client.embeddings.create({ model: 'big', input });
} catch (e) {
  console.log(`${e.constructor.name}: ${e.message}`);
}
