/** One line of what `npm run bench` prints. `ratio` is `median` against that of `against`, measured in the same run. */
export type Row = {
  name: string;
  median: number;
  unit: string;
  ratio?: number;
  against?: string;
  goal?: string;
};
