import json, urllib.request

query = json.dumps({"model": "all-MiniLM-L6-v2", "input": "prices of food"}).encode()
request = urllib.request.Request("http://127.0.0.1:8080/v1/embeddings", query, {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request))["data"][0]["embedding"])
