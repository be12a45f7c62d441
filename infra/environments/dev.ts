import { bucket, email, environment, rdsInstance } from "../environment.ts";

/** A small environment that cleans up after itself: `npx cdk destroy --all -c env=dev` leaves nothing behind. */
export default environment({
  name: "dev",
  account: "444455556666",
  primaryRegion: "eu-west-1",
  recoveryRegion: "eu-central-1",
  profile: "ephemeral",
  alerts: { page: [email("dev@acme.example")] },
  plans: {
    daily: { every: "1d", rpo: "26h", keep: { daily: 7 } },
  },
  sources: [
    rdsInstance("orders", { plan: "daily", instance: "orders-dev" }),
    bucket("uploads", { plan: "daily", bucket: "acme-dev-uploads" }),
  ],
});
