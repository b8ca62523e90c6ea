export { FakeElastic } from "../elasticsearch/testing/fake-elastic.ts";
export { FakePinecone } from "../pinecone/testing/fake-pinecone.ts";
