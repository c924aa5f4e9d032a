from openai import OpenAI

client = OpenAI(base_url="http://127.0.0.1:8080/v1", api_key="unused")
print(client.embeddings.create(model="all-MiniLM-L6-v2", input="prices of food").data[0].embedding)
