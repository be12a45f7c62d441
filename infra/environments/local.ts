import { archives, bucket, email, environment, rdsInstance, sms } from "../environment.ts";

/** What `npm start` runs on one machine, against the stand-in for AWS. */
export default environment({
  name: "local",
  account: "000000000000",
  primaryRegion: "eu-west-1",
  recoveryRegion: "eu-central-1",
  profile: "ephemeral",
  alerts: {
    page: [sms("+4915112345678"), email("oncall@acme.example")],
    notify: [email("ops@acme.example")],
  },
  plans: {
    demo: {
      every: "15m",
      rpo: "45m",
      rto: "30m",
      keep: { last: 8, hourly: 24 },
      copies: ["recovery"],
      drill: { every: "7d" },
    },
  },
  sources: [
    rdsInstance("orders", { plan: "demo", instance: "orders-db" }),
    bucket("uploads", { plan: "demo", bucket: "acme-uploads" }),
    archives("nightly-erp", { plan: "demo", bucket: "acme-dumps", prefix: "erp/", arrives: "24h" }),
  ],
});
