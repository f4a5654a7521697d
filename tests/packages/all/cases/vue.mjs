import { createSSRApp, ref, computed, h } from 'vue';
import { renderToString } from 'vue/server-renderer';
const app = createSSRApp({ setup() { const n = ref(2), d = computed(() => n.value * 2); return { n, d }; }, template: '<p v-for="i in n" :key="i" :class="{ a: i > 1 }">{{ i }} {{ d }}</p>' });
console.log(await renderToString(app));
